import { type Inventory, readInventory } from '../boards/read-inventory.js';

/** The board's inventory is not worth a delay of the first result. */
const AFTER_MS = 5000;

/** Asks once what the machine is, some time after the start. */
export class InventoryDuty {
  #known: Inventory | null = null;

  /** null: not asked yet. */
  known(): Inventory | null {
    return this.#known;
  }

  start(signal: AbortSignal, learned: () => void): void {
    const timer = setTimeout(() => void this.#ask(signal, learned), AFTER_MS);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  async #ask(signal: AbortSignal, learned: () => void): Promise<void> {
    this.#known = await readInventory({ signal });
    if (!signal.aborted) learned();
  }
}
