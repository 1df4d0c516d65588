/** Who may do what. Nobody may do anything unless the configuration names them by MXID. */

export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** Whether somebody with role `has` may do what needs `needed`; each role includes the ones before it. */
export function mayAct(has: Role | undefined, needed: Role): boolean {
  return has !== undefined && roles.indexOf(has) >= roles.indexOf(needed);
}
