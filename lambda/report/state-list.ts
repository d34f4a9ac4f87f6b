import { STATE_CSV, type StateRow, stateObject } from "./state-rows.ts";

export const STATE_FORMATS = ["csv", "json"] as const;
export type StateFormat = (typeof STATE_FORMATS)[number];

/** Renders a state in pieces, so that it can be written while it is read. */
export interface StateList {
  start(): string;
  row(row: StateRow, index: number): string;
  end(): string;
}

/** The rows of state.csv, or a JSON array of them. */
export function stateList(format: StateFormat): StateList {
  switch (format) {
    case "csv":
      return { start: () => STATE_CSV.header(), row: (row) => STATE_CSV.row(stateObject(row)), end: () => "" };
    case "json":
      return {
        start: () => "[",
        row: (row, index) => `${index === 0 ? "\n" : ",\n"}${JSON.stringify(stateObject(row))}`,
        end: () => "\n]\n",
      };
  }
}
