// Signs in with the hosted pages of the user pool: authorization code flow with PKCE (RFC 7636).
// Tokens stay in this tab: sessionStorage ends with it.

const KEPT = "tokens";
const STARTED = "sign-in";
const EARLY_MS = 60_000; // a token is fetched anew a minute before it ends

const page = () => `${location.origin}/`;

function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

export async function signIn(config) {
  const started = { state: random(), verifier: random() };
  sessionStorage.setItem(STARTED, JSON.stringify(started));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(started.verifier));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: config.client_id,
    redirect_uri: page(),
    scope: config.scopes.join(" "),
    state: started.state,
    code_challenge: base64url(digest),
    code_challenge_method: "S256",
  });
  location.assign(`${config.sign_in_url}/oauth2/authorize?${query}`);
}

export function signOut(config) {
  sessionStorage.clear();
  location.assign(`${config.sign_in_url}/logout?${new URLSearchParams({ client_id: config.client_id, logout_uri: page() })}`);
}

async function fetchTokens(config, fields) {
  const answer = await fetch(`${config.sign_in_url}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({ client_id: config.client_id, ...fields }),
  });
  if (!answer.ok) throw new Error("Your sign-in has ended. Please sign in again.");
  const tokens = { ...JSON.parse(sessionStorage.getItem(KEPT) ?? "{}"), ...(await answer.json()) };
  tokens.ends = Date.now() + tokens.expires_in * 1000;
  sessionStorage.setItem(KEPT, JSON.stringify(tokens));
  return tokens;
}

// Takes up a sign-in that comes back from the hosted pages. Returns whether somebody is signed in.
export async function resume(config) {
  const query = new URLSearchParams(location.search);
  if (!query.has("code") && !query.has("error")) return sessionStorage.getItem(KEPT) !== null;
  history.replaceState(null, "", page());
  const started = JSON.parse(sessionStorage.getItem(STARTED) ?? "{}");
  sessionStorage.removeItem(STARTED);
  if (!query.has("code") || query.get("state") !== started.state) throw new Error("Signing in did not work. Please try again.");
  await fetchTokens(config, {
    grant_type: "authorization_code",
    code: query.get("code"),
    redirect_uri: page(),
    code_verifier: started.verifier,
  });
  return true;
}

// The ID token, which carries the tenant.
export async function token(config) {
  let tokens = JSON.parse(sessionStorage.getItem(KEPT));
  if (tokens.ends - EARLY_MS < Date.now()) {
    tokens = await fetchTokens(config, { grant_type: "refresh_token", refresh_token: tokens.refresh_token });
  }
  return tokens.id_token;
}

export async function person(config) {
  const [, claims] = (await token(config)).split(".");
  const bytes = Uint8Array.from(atob(claims.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  const found = JSON.parse(new TextDecoder().decode(bytes));
  return { email: found.email ?? "signed in", tenant: found[config.tenant_claim] ?? "no tenant" };
}
