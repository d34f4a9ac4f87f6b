import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectionSharing } from "../../lambda/changes/connection-sharing.ts";
import type { ConnectionId } from "../../lambda/domain/identifiers.ts";

const ids = fc.array(
  fc.integer({ min: 0, max: 40 }).map((number) => `con_${number}` as ConnectionId),
  { maxLength: 6 },
);

it("knows exactly the connections that more than one Organization has", () => {
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 30 }), (organizations) => {
      const sharing = new ConnectionSharing();
      for (const connections of organizations) sharing.add(connections);
      for (let number = 0; number <= 40; number += 1) {
        const id = `con_${number}` as ConnectionId;
        const owners = organizations.filter((connections) => connections.includes(id)).length;
        expect([id, sharing.isShared(id)]).toEqual([id, owners > 1]);
      }
    }),
  );
});

it("keeps what it knows while it grows", () => {
  const sharing = new ConnectionSharing();
  const id = (number: number) => `con_${String(number).padStart(16, "0")}` as ConnectionId;
  for (let number = 0; number < 20_000; number += 1) sharing.add([id(number), id(99_999)]);
  sharing.add([id(7)]);
  const shared = Array.from({ length: 20_000 }, (_, number) => id(number)).filter((one) => sharing.isShared(one));
  expect(shared).toEqual([id(7)]);
  expect(sharing.isShared(id(99_999))).toBe(true);
});
