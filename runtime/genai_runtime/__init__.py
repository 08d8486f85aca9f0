"""What runs inside the deployed functions: ids, a prompt pipeline that knows no cloud, and its adapters."""
