/** Why a command of the command line could not do what it was asked: printed with its remedy, exit code 1. Has no secret in it. */
export class CommandFailure extends Error {
  /** What a person does about it, one sentence. */
  readonly remedy: string;

  constructor(found: string, remedy: string) {
    super(found);
    this.name = "CommandFailure";
    this.remedy = remedy;
  }
}
