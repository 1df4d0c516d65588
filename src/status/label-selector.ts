/** Kubernetes label selectors, evaluated here: all pods are read once and each homeserver picks its own. */

export type Labels = Readonly<Record<string, string>>;
export type LabelTest = (labels: Labels) => boolean;

const requirement = /^\s*(?:(!)\s*([^\s=!,()]+)|([^\s=!,()]+)(?:\s*(==?|!=)\s*([^\s=!,()]*)|\s+(in|notin)\s*\(([^()]*)\))?)\s*$/u;

/**
 * `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, with commas between them. As in Kubernetes, `!=` and `notin` also hold where
 * the label is missing.
 * @throws {TypeError} when `selector` is none, or is empty (which would select everything).
 */
export function parseLabelSelector(selector: string): LabelTest {
  const tests = selector.split(/,(?![^(]*\))/u).map(parseRequirement);
  return (labels) => tests.every((test) => test(labels));
}

function parseRequirement(text: string): LabelTest {
  const match = requirement.exec(text);
  if (match === null) throw new TypeError(`not a label selector: ${JSON.stringify(text)}`);
  const [, not, absent = "", key = "", operator, value = "", set, members = ""] = match;
  if (not !== undefined) return (labels) => !Object.hasOwn(labels, absent);
  if (operator === "!=") return (labels) => labels[key] !== value;
  if (operator !== undefined) return (labels) => labels[key] === value;
  if (set === undefined) return (labels) => Object.hasOwn(labels, key);
  const values = new Set(members.split(",").map((each) => each.trim()));
  return (labels) => {
    const found = labels[key];
    return (found !== undefined && values.has(found)) === (set === "in");
  };
}
