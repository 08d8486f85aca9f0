// How AppSync calls the function for a field, and what it makes of the function's result.
// A resolver without code could not tell clients an error's type: what a function raises is always Lambda:Unhandled.
import { util } from '@aws-appsync/utils';

// Only what the function reads; the client's token stays here.
export function request(ctx) {
  const headers = ctx.request.headers;
  return {
    operation: 'Invoke',
    payload: {
      arguments: ctx.arguments,
      identity: { claims: ctx.identity.claims },
      info: { fieldName: ctx.info.fieldName },
      request: {
        headers: {
          'cache-control': headers['cache-control'],
          'idempotency-key': headers['idempotency-key'],
          traceparent: headers.traceparent,
        },
      },
    },
  };
}

export function response(ctx) {
  if (ctx.error) {
    // Its own message is the function's, and not for clients.
    util.error('The function failed or did not answer in time; try again later.', 'service_unavailable', null, {
      type: 'server_error',
      code: 'service_unavailable',
    });
  }
  const error = ctx.result.error;
  if (error) {
    util.error(error.message, error.code, null, {
      type: error.type,
      code: error.code,
      param: error.param,
      requestId: error.requestId,
      retryAfterSeconds: error.retryAfterSeconds,
    });
  }
  return ctx.result.data;
}
