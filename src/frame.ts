/** The nouns that every stage of a frame's life shares. */

/** How the bytes of a frame are laid out. `rowStride` is the distance of two rows in bytes (of luma, for i420: chroma rows are half). */
export type PictureFormat =
  | { readonly kind: 'rgb24' | 'gray8'; readonly width: number; readonly height: number; readonly rowStride: number }
  | {
      readonly kind: 'i420';
      readonly width: number;
      readonly height: number;
      readonly rowStride: number;
      /** Cameras and JPEG use full-range BT.601; decoded video is usually limited range. */
      readonly range: 'full' | 'limited';
      readonly matrix: 'bt601' | 'bt709';
    }
  | { readonly kind: 'jpeg' | 'png' | 'ppm' };

/** When the picture was taken, as well as the source could tell. */
export interface CaptureStamp {
  /** On the monotonic clock of this machine. */
  readonly monotonicNs: bigint;
  /** `sensor`: the camera's own stamp. `producer`: the process that wrote the frame said so. `arrival`: first byte seen here. */
  readonly source: 'sensor' | 'producer' | 'arrival';
}

export interface Frame {
  readonly camera: string;
  /** Given by the source; a gap is a frame that the source lost. */
  readonly seq: number;
  readonly format: PictureFormat;
  /** Owned by the capture buffer pool: valid until `release`. */
  readonly data: Uint8Array;
  readonly captured: CaptureStamp;
  /** Gives the buffer back. Called exactly once, by whoever drops or finishes the frame. */
  release(): void;
}

/** A named part of a camera's (rotated) picture, in fractions of its width and height. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Fit = 'crop' | 'squash' | 'letterbox';
export type Rotation = 0 | 90 | 180 | 270;

/** How a frame becomes network input, apart from the input's own size, which the rung fixes. */
export interface View {
  readonly rotate: Rotation;
  readonly fit: Fit;
  /** With `crop`: share of the short side that the crop keeps; evaluation crops of 0.9 keep the middle 90 %. */
  readonly cropPct: number;
  /** null: the whole picture. */
  readonly region: Region | null;
}

export interface ClassScore {
  readonly classId: string;
  /** Probability, 0 to 1. */
  readonly score: number;
}

/** Which network gave an answer. */
export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  /** sha-256 of the package's manifest, in hex. */
  readonly digest: string;
  readonly rung: string;
  readonly graph: string;
}

/** Why a frame did not end as a result. Every frame ends as `done` or as one of these, and is counted so. */
export const FRAME_FATES = [
  'done',
  'replaced',
  'tooOld',
  'corrupt',
  'runnerFailed',
  'deadline',
  'noModel',
  'stopped',
] as const;
export type FrameFate = (typeof FRAME_FATES)[number];
