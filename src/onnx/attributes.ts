import { create } from '@bufbuild/protobuf';
import { type AttributeProto, AttributeProtoSchema, AttributeProto_AttributeType as Kind } from './onnx_pb.js';

/** An operator's attributes: whole numbers as bigint, others as number, so that neither can be taken for the other. */
export type AttributeValue = number | bigint | string | readonly bigint[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

export const ints = (...values: number[]): bigint[] => values.map(BigInt);

export function encodeAttribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value });
  if (typeof value === 'bigint') return create(AttributeProtoSchema, { name, type: Kind.INT, i: value });
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s: new TextEncoder().encode(value) });
  return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: [...value] });
}
