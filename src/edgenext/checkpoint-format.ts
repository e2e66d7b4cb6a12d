import { modelError } from '../errors.js';
import { readSafetensors } from './safetensors.js';
import { isZip } from './stored-zip.js';
import { readTorchCheckpoint, type TorchWeights } from './torch-checkpoint.js';

/** The opcode that pickles of protocol 2 and later begin with; the protocol follows. */
const PICKLE_PROTO = 0x80;
/** A safetensors file may begin with these bytes too (its header's length), but has a brace there. */
const SAFETENSORS_HEADER_AT = 8;
const BRACE = 0x7b;

/** Reads the weights of a checkpoint file, whose format shows in its first bytes. Throws `checkpoint-unreadable`. */
export function readWeights(file: Uint8Array, name: string): TorchWeights {
  if (isZip(file)) return readTorchCheckpoint(file, name);
  const refuse = (what: string, advice: string) => {
    throw modelError('checkpoint-unreadable', `${name} is ${what}; ${advice}`, { file: name });
  };
  // torch.save before 1.6 wrote several pickles one after the other; other tools write a single one.
  if (file[0] === PICKLE_PROTO && file[1]! <= 5 && file[SAFETENSORS_HEADER_AT] !== BRACE)
    refuse(
      "a bare pickle, PyTorch's format before 1.6",
      'save it again: torch.save(torch.load(FILE, map_location="cpu", weights_only=True), NEW_FILE)',
    );
  const start = new TextDecoder().decode(file.subarray(0, 64));
  if (start.startsWith('version https://git-lfs'))
    refuse('the pointer of a Git LFS file, not the file', 'fetch it with git lfs pull');
  if (/^\s*<(!doctype|html|\?xml)/i.test(start)) refuse('a web page, not a checkpoint', 'download it again');
  return { tensors: readSafetensors(file, name), part: null };
}
