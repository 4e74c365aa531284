import { Injectable } from '@nestjs/common';

/** Whose data it is: under which address they were known until now. */
export interface DataSubject {
  /** The address as it was typed. */
  readonly email: string;
  readonly emailCanonical: string;
  /** True when the user has proven that the address is theirs, so that what is kept under it without an account is theirs as well. */
  readonly isEmailProven: boolean;
}

/** One kind of personal data that a feature keeps. */
export interface PersonalDataSection {
  /** Name of the file in an export, without its ending: lower case, words joined by `-`. */
  readonly section: string;
  /** What the section holds, in one sentence for the person who reads it. */
  readonly description?: string;
  /**
   * What is kept of the user, as it may be handed to them: no hash, no secret, nothing of anybody else. Absent where nothing is readable.
   *
   * Rows that may be many come one by one from an async iterable, so that an export never holds all of them.
   */
  export?(userId: string): Promise<unknown> | AsyncIterable<unknown>;
  /**
   * Deletes or makes anonymous what is kept of the user, inside the transaction that erases the account.
   *
   * Called again for a day, for whatever was still being written at that moment: it must find nothing to do then.
   *
   * @param subject As they were known; when it is called again, the address that stands for them since.
   */
  erase(userId: string, subject: DataSubject): Promise<void>;
}

/** Where features say what they know of a person: every export reads all of it, and every erasure ends all of it. */
@Injectable()
export class PersonalData {
  private readonly sections: PersonalDataSection[] = [];

  /** Adds a section; to be called once, when the module starts. @throws when there is one of that name. */
  add(section: PersonalDataSection): void {
    if (!/^[a-z][a-z-]{0,62}$/.test(section.section)) throw new Error(`"${section.section}" cannot name a section`);
    if (this.sections.some(({ section: name }) => name === section.section)) {
      throw new Error(`There are two sections of personal data called ${section.section}`);
    }
    this.sections.push(section);
  }

  /** Every section, in the order in which they were added. */
  all(): readonly PersonalDataSection[] {
    return this.sections;
  }
}
