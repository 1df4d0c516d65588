/** Something that reads like a token, a key or an address with a password in it. A second guard: secrets have places of their own. */
export function looksSecret(text: string): boolean {
  return (
    /(^|[^a-z])((syt|mct|mcr|mat|mar)_|eyJ)[\w.-]{8,}/u.test(text) ||
    /-----BEGIN|:\/\/[^/\s]*@|(bearer|password|passwd|token|secret)\s*[=:\s]\s*\S/iu.test(text) ||
    /^(?!\/)(?=.*\d)(?=.*[A-Za-z])[\w+/=-]{24,}$/u.test(text)
  );
}
