// What a security key answers, as the server reads it.

/** Register a key: the options of the server in, the new key's answer out. */
export async function made(options) {
  const publicKey = window.PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}

/** Ask her keys: the options of the server in, the answer of one of them out. */
export async function signed(options) {
  const publicKey = window.PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}
