import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../src/hub/model-config.js';

const parse = (config: unknown) => parseModelConfig(JSON.stringify(config), 'config.json');

/** As timm/edgenext_small.usi_in1k has it, shortened. */
const TIMM = {
  architecture: 'edgenext_small',
  num_classes: 3,
  num_features: 304,
  pretrained_cfg: {
    tag: 'usi_in1k',
    input_size: [3, 224, 256],
    test_input_size: [3, 320, 320],
    fixed_input_size: false,
    interpolation: 'bicubic',
    crop_pct: 0.95,
    crop_mode: 'center',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    classifier: 'head.fc',
  },
};

describe('parseModelConfig', () => {
  it("takes timm's fields", () => {
    expect(parse(TIMM)).toEqual({
      ...{ size: { width: 256, height: 224 }, fit: 'crop', cropPct: 0.95, interpolation: 'bicubic', labels: null },
      normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    });
  });

  it('takes the older form, with the fields at the top', () => {
    expect(parse(TIMM.pretrained_cfg)).toEqual(parse(TIMM));
  });

  it.each([
    ['a list', { label_names: ['left', 'right'] }],
    ['by number', { label_names: { '1': 'right', '0': 'left' } }],
    ['inside', { pretrained_cfg: { label_names: ['left', 'right'] } }],
    ["transformers'", { id2label: { '0': 'left', '1': 'right' } }],
  ])('takes class names: %s', (_, config) => {
    expect(parse(config).labels).toEqual(['left', 'right']);
  });

  it('knows nothing where nothing is said', () => {
    expect(parse({})).toEqual({
      size: null,
      fit: null,
      cropPct: null,
      interpolation: null,
      normalisation: null,
      labels: null,
    });
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '<html>', /config\.json is not JSON/],
    ['a list', '[]', /config\.json: the file/],
    ['grey pictures', '{"input_size":[1,28,28]}', /input_size\.0/],
    ['a crop of nothing', '{"pretrained_cfg":{"crop_pct":0}}', /pretrained_cfg\.crop_pct/],
    ['names with gaps', '{"label_names":{"0":"a","2":"b"}}', /not numbered from 0 to 1/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseModelConfig(text, 'config.json')).toThrow(message);
  });
});
