// A real OpenID provider for the tests: one client, everybody is let in under the name they type.
// node oidc_provider.mjs PORT CLIENT SECRET REDIRECT_URI
import { createRequire } from "node:module";
import { createServer } from "node:http";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { Provider } = await import(require.resolve("oidc-provider"));
const [port, client, secret, back] = process.argv.slice(2);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: client,
      client_secret: secret,
      redirect_uris: [back],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    },
  ],
  cookies: { keys: ["for the tests alone"] },
  claims: { openid: ["sub"], profile: ["preferred_username"] },
  // The name stands in the ID token itself, as most offices' providers have it.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: `sub-of-${id}`, preferred_username: id }),
  }),
});
const server = createServer(provider.callback());
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
