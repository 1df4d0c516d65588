/** An answer of the embedded Alertmanager's API that is no 2xx. */
export class Refusal extends Error {
  readonly status: number;
  /** What is sent as JSON: the message alone, or with the number that the API's own checks give it. */
  readonly body: unknown;

  constructor(status: number, message: string, code?: number) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.body = code === undefined ? message : { code, message };
  }
}
