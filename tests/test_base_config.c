// Configs: every broken text is refused with the exact sentence (place, key, seen, wanted), every
// good one gives its values, and the key's place is found again for later complaints.
#include "sim/base/config.h"
#include "sim/base/nearest.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

typedef enum Mode { MODE_PAPER = 3, MODE_COURT = 7 } Mode;

typedef struct Entry {
  char *policy;
  double weight;
} Entry;

typedef struct Sample {
  char *name;
  int8_t offset;
  uint16_t rounds;
  int64_t big;
  uint64_t huge;
  double gain;
  float rate;
  bool loud;
  Mode mode;
  struct Ball {
    double mass, radius;
  } ball;
  double point[3];
  Entry *entries;
  unsigned entries_count;
  uint32_t sides;
  char *note;
} Sample;

static const cyaml_strval_t mode_words[] = {{"paper", MODE_PAPER}, {"court", MODE_COURT}};
static const cyaml_strval_t side_words[] = {{"near", 1}, {"far", 2}};

static const cyaml_schema_field_t ball_fields[] = {
    CYAML_FIELD_FLOAT("mass", CYAML_FLAG_DEFAULT, struct Ball, mass),
    CYAML_FIELD_FLOAT("radius", CYAML_FLAG_OPTIONAL, struct Ball, radius),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t entry_fields[] = {
    CYAML_FIELD_STRING_PTR("policy", CYAML_FLAG_POINTER, Entry, policy, 1, 16),
    CYAML_FIELD_FLOAT("weight", CYAML_FLAG_OPTIONAL, Entry, weight),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, Entry, entry_fields),
};

static const cyaml_schema_value_t number_schema = {
    CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double),
};

static const cyaml_schema_field_t sample_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, Sample, name, 1, 8),
    CYAML_FIELD_INT("offset", CYAML_FLAG_OPTIONAL, Sample, offset),
    CYAML_FIELD_UINT("rounds", CYAML_FLAG_OPTIONAL, Sample, rounds),
    CYAML_FIELD_INT("big", CYAML_FLAG_OPTIONAL, Sample, big),
    CYAML_FIELD_UINT("huge", CYAML_FLAG_OPTIONAL, Sample, huge),
    CYAML_FIELD_FLOAT("gain", CYAML_FLAG_OPTIONAL, Sample, gain),
    CYAML_FIELD_FLOAT("rate", CYAML_FLAG_OPTIONAL, Sample, rate),
    CYAML_FIELD_BOOL("loud", CYAML_FLAG_OPTIONAL, Sample, loud),
    CYAML_FIELD_ENUM("mode", CYAML_FLAG_OPTIONAL, Sample, mode, mode_words, 2),
    CYAML_FIELD_MAPPING("ball", CYAML_FLAG_OPTIONAL, Sample, ball, ball_fields),
    CYAML_FIELD_SEQUENCE_FIXED("point", CYAML_FLAG_OPTIONAL, Sample, point, &number_schema, 3),
    CYAML_FIELD_SEQUENCE("entries", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, Sample, entries,
                         &entry_schema, 1, 2),
    CYAML_FIELD_FLAGS("sides", CYAML_FLAG_OPTIONAL, Sample, sides, side_words, 2),
    CYAML_FIELD_STRING_PTR("note", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL_STR, Sample, note,
                           0, 99),
    CYAML_FIELD_IGNORE("extra", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t sample_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, Sample, sample_fields),
};

#define ALL_KEYS                                                                                   \
  "one of name, offset, rounds, big, huge, gain, rate, loud, mode, ball, point, entries, sides, "  \
  "note, extra"

typedef struct Broken {
  const char *text;
  const char *sentence;  // without the file's name
} Broken;

static const Broken broken_texts[] = {
    // whole files
    {"", ":1:1: saw an empty file, wanted a mapping"},
    {"# only a comment\n", ":2:1: saw an empty file, wanted a mapping"},
    {"just a word\n", ":1:1: saw 'just a word', wanted a mapping"},
    {"- 1\n- 2\n", ":1:1: saw a list, wanted a mapping"},
    {"name: a\n---\nname: b\n", ":2:1: saw a second document, wanted one document"},
    // broken YAML
    {"point: [1\n", ":2:1: saw broken YAML (while parsing a flow sequence: did not find expected "
                    "',' or ']'), wanted valid YAML"},
    {"name: a\n\tgain: 1\n", ":2:1: saw broken YAML (while scanning a plain scalar: found a tab "
                             "character that violates indentation), wanted valid YAML"},
    {"name: @a\n", ":1:7: saw broken YAML (while scanning for the next token: found character that "
                   "cannot start any token), wanted valid YAML"},
    {"name: \"a\n",
     ":2:1: saw broken YAML (while scanning a quoted scalar: found unexpected end of "
     "stream), wanted valid YAML"},
    {"name: a\nnote: \xff\n", ":2:7: saw broken YAML (invalid leading UTF-8 octet), wanted valid "
                              "YAML"},
    {"name: a\nnote: \x01\n", ":2:7: saw broken YAML (control characters are not allowed), wanted "
                              "valid YAML"},
    {"%YAML 9.9\n---\nname: a\n",
     ":1:1: saw broken YAML (found incompatible YAML document), wanted "
     "valid YAML"},
    // keys
    {"name: a\ngian: 1\n", ":2:1: key 'gian': saw an unknown key, wanted 'gain'"},
    {"name: a\nzzzzzz: 1\n", ":2:1: key 'zzzzzz': saw an unknown key, wanted " ALL_KEYS},
    {"name: a\nball: {mass: 1, radios: 2}\n",
     ":2:17: key 'ball.radios': saw an unknown key, wanted 'radius'"},
    {"name: a\n<<: {gain: 1}\n", ":2:1: key '<<': saw an unknown key, wanted " ALL_KEYS},
    {"name: a\ngain: 1\ngain: 2\n",
     ":3:1: key 'gain': saw the key again after line 2, wanted it once"},
    {"name: a\nball:\n  mass: 1\n  mass: 1\n",
     ":4:3: key 'ball.mass': saw the key again after line 3, wanted it once"},
    {"gain: 1\n", ":1:1: key 'name': saw no such key, wanted a text of 1 to 8 bytes"},
    {"name: a\nball:\n  radius: 1\n",
     ":3:3: key 'ball.mass': saw no such key, wanted a finite number"},
    {"? [a, b]\n: 1\n", ":1:3: saw a list, wanted a word as key"},
    {"? {a: 1}\n: 1\n", ":1:3: saw a mapping, wanted a word as key"},
    {"\"na\\0me\": a\n", ":1:1: key 'na': saw an unknown key, wanted " ALL_KEYS},
    // scalars
    {"name: \n", ":1:6: key 'name': saw an empty value, wanted a text of 1 to 8 bytes"},
    {"name: far too long\n", ":1:7: key 'name': saw 'far too long', wanted a text of 1 to 8 bytes"},
    {"name: [a]\n", ":1:7: key 'name': saw a list, wanted a text of 1 to 8 bytes"},
    {"name: \"a\\0b\"\n",
     ":1:7: key 'name': saw a text with a NUL byte, wanted a text of 1 to 8 bytes"},
    {"name: a\noffset: 128\n", ":2:9: key 'offset': saw '128', wanted an integer in -128..127"},
    {"name: a\noffset: -129\n", ":2:9: key 'offset': saw '-129', wanted an integer in -128..127"},
    {"name: a\noffset: 1.5\n", ":2:9: key 'offset': saw '1.5', wanted an integer in -128..127"},
    {"name: a\noffset: 010\n", ":2:9: key 'offset': saw '010', wanted an integer in -128..127"},
    {"name: a\noffset: 12abc\n", ":2:9: key 'offset': saw '12abc', wanted an integer in -128..127"},
    {"name: a\noffset:\n",
     ":2:8: key 'offset': saw an empty value, wanted an integer in -128..127"},
    {"name: a\nrounds: 65536\n", ":2:9: key 'rounds': saw '65536', wanted an integer in 0..65535"},
    {"name: a\nrounds: -1\n", ":2:9: key 'rounds': saw '-1', wanted an integer in 0..65535"},
    {"name: a\nbig: 9223372036854775808\n",
     ":2:6: key 'big': saw '9223372036854775808', wanted an integer in "
     "-9223372036854775808..9223372036854775807"},
    {"name: a\nhuge: 18446744073709551616\n",
     ":2:7: key 'huge': saw '18446744073709551616', wanted an integer in "
     "0..18446744073709551615"},
    {"name: a\ngain: .nan\n", ":2:7: key 'gain': saw '.nan', wanted a finite number"},
    {"name: a\ngain: nan\n", ":2:7: key 'gain': saw 'nan', wanted a finite number"},
    {"name: a\ngain: inf\n", ":2:7: key 'gain': saw 'inf', wanted a finite number"},
    {"name: a\ngain: -.inf\n", ":2:7: key 'gain': saw '-.inf', wanted a finite number"},
    {"name: a\ngain: 1e999\n", ":2:7: key 'gain': saw '1e999', wanted a finite number"},
    {"name: a\nrate: 1e39\n", ":2:7: key 'rate': saw '1e39', wanted a finite number"},
    {"name: a\ngain: 1,5\n", ":2:7: key 'gain': saw '1,5', wanted a finite number"},
    {"name: a\ngain: 1.2.3\n", ":2:7: key 'gain': saw '1.2.3', wanted a finite number"},
    {"name: a\ngain: {a: 1}\n", ":2:7: key 'gain': saw a mapping, wanted a finite number"},
    {"name: a\nloud: maybe\n", ":2:7: key 'loud': saw 'maybe', wanted true or false"},
    {"name: a\nmode: cuort\n",
     ":2:7: key 'mode': saw 'cuort', wanted one of paper, court (nearest: court)"},
    {"name: a\nmode: 7\n", ":2:7: key 'mode': saw '7', wanted one of paper, court"},
    {"name: a\ngain: !!float 1\n", ":2:7: key 'gain': saw a tag, wanted a value without a tag"},
    {"name: a\nnote: \xc3\xa4\xc3\xb6\xc3\xbc-1-2-3-4-5-6-7-8-9-10-11-12-13-14-\xc3\xa4-16\ngain: "
     "x",
     ":3:7: key 'gain': saw 'x', wanted a finite number"},
    {"name: a\ngain: 0123456789012345678901234567890123456789\xc3\xa4\n",
     ":2:7: key 'gain': saw '0123456789012345678901234567890123456789...', wanted a finite number"},
    {"name: a\ngain: x12345678901234567890123456789012345678\xc3\xa4\n",
     ":2:7: key 'gain': saw 'x12345678901234567890123456789012345678...', wanted a finite number"},
    // lists and mappings
    {"name: a\npoint: 3\n", ":2:8: key 'point': saw '3', wanted a list of exactly 3 entries"},
    {"name: a\npoint: [1, 2]\n",
     ":2:8: key 'point': saw 2 entries, wanted a list of exactly 3 entries"},
    {"name: a\npoint: [1, 2, 3, 4]\n",
     ":2:18: key 'point': saw entry 4, wanted a list of exactly 3 entries"},
    {"name: a\npoint: [1, x, 3]\n", ":2:12: key 'point[1]': saw 'x', wanted a finite number"},
    {"name: a\nentries: []\n",
     ":2:10: key 'entries': saw 0 entries, wanted a list of 1 to 2 entries"},
    {"name: a\nentries: [{policy: p}, {policy: q}, {policy: r}]\n",
     ":2:37: key 'entries': saw entry 3, wanted a list of 1 to 2 entries"},
    {"name: a\nentries:\n  - policy: p\n  - policy: q\n    weight: heavy\n",
     ":5:13: key 'entries[1].weight': saw 'heavy', wanted a finite number"},
    {"name: a\nentries:\n  - weight: 1\n",
     ":3:5: key 'entries[0].policy': saw no such key, wanted a text of 1 to 16 bytes"},
    {"name: a\nball: [1, 2]\n", ":2:7: key 'ball': saw a list, wanted a mapping"},
    {"name: a\nball: 0.27\n", ":2:7: key 'ball': saw '0.27', wanted a mapping"},
    {"name: a\nsides: near\n", ":2:8: key 'sides': saw 'near', wanted a list of words"},
    {"name: a\nsides: [near, fra]\n",
     ":2:15: key 'sides[1]': saw 'fra', wanted one of near, far (nearest: far)"},
    // anchors and aliases
    {"name: &x a\nnote: *x\n",
     ":1:7: key 'name': saw an anchor, wanted a value without anchors or aliases"},
    {"name: a\nnote: *x\n", ":2:7: key 'note': saw an alias, wanted the value written out"},
    {"name: a\nextra: &b [&a [x, x], *a, *a, *a]\n",
     ":2:8: key 'extra': saw an anchor, wanted a value without anchors or aliases"},
};

static void broken_texts_get_their_sentence(void **state) {
  (void)state;
  size_t n = sizeof broken_texts / sizeof broken_texts[0];
  int wrong = 0;
  for (size_t i = 0; i < n; i++) {
    const Broken *b = &broken_texts[i];
    SimError err = {0};
    void *out = &err;
    SimStatus status =
        sim_config_parse(&out, "team.yaml", b->text, strlen(b->text), &sample_schema, &err);
    char want[1024];
    snprintf(want, sizeof want, "team.yaml%s", b->sentence);
    if (status != SIM_BAD_INPUT || strcmp(err.text, want) != 0 || out != NULL) {
      print_error("case %zu: status %d\n saw  %s\n want %s\n", i, (int)status, err.text, want);
      wrong++;
    }
  }
  assert_int_equal(wrong, 0);
  assert_true(n >= 60);
}

static void a_good_text_gives_its_values(void **state) {
  (void)state;
  const char *text = "# a comment\n"
                     "name: classic\n"
                     "offset: -128\nrounds: 65535\n"
                     "big: -9223372036854775808\nhuge: 18446744073709551615\n"
                     "gain: -1.5e-3\nrate: 0.25\nloud: yes\nmode: court\n"
                     "ball: {mass: .27}\n"
                     "point: [1, 2., +3]\n"
                     "entries:\n  - {policy: p, weight: 0.5}\n  - policy: q\n"
                     "sides: [near, far]\n"
                     "note: ~\n"
                     "extra: {anything: [goes, {here: 1}]}\n";
  SimError err = {0};
  void *out = NULL;
  assert_ok(sim_config_parse(&out, "good", text, strlen(text), &sample_schema, &err), &err);
  const Sample *s = out;
  assert_string_equal(s->name, "classic");
  assert_int_equal(s->offset, -128);
  assert_int_equal(s->rounds, 65535);
  assert_true(s->big == INT64_MIN);
  assert_true(s->huge == UINT64_MAX);
  assert_near(s->gain, -1.5e-3, 0);
  assert_near((double)s->rate, 0.25, 0);
  assert_true(s->loud);
  assert_int_equal(s->mode, MODE_COURT);
  assert_near(s->ball.mass, 0.27, 0);
  assert_near(s->point[2], 3, 0);
  assert_int_equal(s->entries_count, 2);
  assert_string_equal(s->entries[1].policy, "q");
  assert_near(s->entries[0].weight, 0.5, 0);
  assert_int_equal(s->sides, 3);
  assert_null(s->note);
  sim_config_free(out, &sample_schema);
  sim_config_free(NULL, &sample_schema);
}

static void booleans_mean_what_they_say(void **state) {
  (void)state;
  static const char *const words[] = {"true", "Yes", "ON", "false", "no", "Off"};
  for (int i = 0; i < 6; i++) {
    char text[64];
    snprintf(text, sizeof text, "name: a\nloud: %s\n", words[i]);
    SimError err = {0};
    void *out = NULL;
    assert_ok(sim_config_parse(&out, "b", text, strlen(text), &sample_schema, &err), &err);
    assert_int_equal(((const Sample *)out)->loud, i < 3);
    sim_config_free(out, &sample_schema);
  }
}

static void hostile_sizes_are_refused(void **state) {
  (void)state;
  size_t size = 1 << 20;
  char *text = malloc(size + 1);
  assert_non_null(text);
  SimError err = {0};
  void *out = NULL;

  // a million brackets, as a value and where anything goes
  memset(text, '[', size);
  memcpy(text, "gain: ", 6);
  SimStatus status = sim_config_parse(&out, "deep", text, size, &sample_schema, &err);
  assert_refused(status, SIM_BAD_INPUT, &err, "deep:1:7: key 'gain': saw a list");
  memcpy(text, "extra: ", 7);
  status = sim_config_parse(&out, "deep", text, size, &sample_schema, &err);
  assert_refused(status, SIM_BAD_INPUT, &err,
                 "deep:1:40: key 'extra': saw values nested too deeply, wanted at most 32 levels");

  // a million entries
  for (size_t i = 0; i < size; i += 2) {
    memcpy(text + i, "1,", 2);
  }
  memcpy(text, "point: [", 8);
  status = sim_config_parse(&out, "long", text, size, &sample_schema, &err);
  assert_refused(status, SIM_BAD_INPUT, &err, "long:1:15: key 'point': saw entry 4");

  status = sim_config_parse(&out, "big", text, size + 1, &sample_schema, &err);
  assert_refused(status, SIM_BAD_INPUT, &err, "big: saw 1048577 bytes, wanted at most 1048576");
  free(text);
}

static void files_are_read_and_refused(void **state) {
  (void)state;
  SimError err = {0};
  void *out = NULL;
  SimStatus status = sim_config_load(&out, "none.yaml", &sample_schema, &err);
  assert_refused(status, SIM_BAD_INPUT, &err, "none.yaml: saw 'No such file or directory'");
  status = sim_config_load(&out, ".", &sample_schema, &err);
  assert_refused(status, SIM_BAD_INPUT, &err, ".: saw a folder, wanted a regular file");
  test_write_file("bad.yaml", "name: a\ngain: x\n", 16);
  status = sim_config_load(&out, "bad.yaml", &sample_schema, &err);
  assert_refused(status, SIM_BAD_INPUT, &err, "bad.yaml:2:7: key 'gain': saw 'x'");
  test_write_file("good.yaml", "name: a\n", 8);
  assert_ok(sim_config_load(&out, "good.yaml", &sample_schema, &err), &err);
  sim_config_free(out, &sample_schema);
}

static void later_complaints_find_the_line(void **state) {
  (void)state;
  const char *text = "name: a\n"
                     "ball:\n  mass: 1\n"
                     "extra: {deep: {x: [1, 2]}}\n"
                     "entries:\n  - policy: p\n  - policy: q\n    weight: -1\n";
  test_write_file("places.yaml", text, strlen(text));
  static const char *const cases[][2] = {
      {"ball.mass", "places.yaml:3:9: key 'ball.mass': saw -1, wanted more than 0"},
      {"entries[1].weight",
       "places.yaml:8:13: key 'entries[1].weight': saw -1, wanted more than 0"},
      {"entries[1]", "places.yaml:7:5: key 'entries[1]': saw -1, wanted more than 0"},
      {"extra.deep.x[1]", "places.yaml:4:23: key 'extra.deep.x[1]': saw -1, wanted more than 0"},
      // the deepest part that is there
      {"ball.radius", "places.yaml:3:3: key 'ball.radius': saw -1, wanted more than 0"},
      {"entries[7]", "places.yaml:6:3: key 'entries[7]': saw -1, wanted more than 0"},
      {"name[0].x", "places.yaml:1:7: key 'name[0].x': saw -1, wanted more than 0"},
  };
  SimError err = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    SimStatus status = sim_config_refuse(&err, "places.yaml", cases[i][0], "-1", "more than 0");
    assert_int_equal(status, SIM_BAD_INPUT);
    assert_string_equal(err.text, cases[i][1]);
  }
  SimStatus status = sim_config_refuse(&err, "gone.yaml", "a.b", "1", "2");
  assert_refused(status, SIM_BAD_INPUT, &err, "gone.yaml: key 'a.b': saw 1, wanted 2");
}

static void nearest_word(void **state) {
  (void)state;
  static const char *const known[] = {"serve", "serve_hover", "receive", "set"};
  assert_string_equal(sim_nearest("sreve", known, 4), "serve");
  assert_string_equal(sim_nearest("serve_hovr", known, 4), "serve_hover");
  assert_string_equal(sim_nearest("st", known, 4), "set");
  assert_null(sim_nearest("attack", known, 4));
  assert_null(sim_nearest("", known, 4));
  assert_null(sim_nearest("x", known, 4));
  assert_null(sim_nearest("serve", known, 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(broken_texts_get_their_sentence),
      cmocka_unit_test(a_good_text_gives_its_values),
      cmocka_unit_test(booleans_mean_what_they_say),
      cmocka_unit_test(hostile_sizes_are_refused),
      cmocka_unit_test(files_are_read_and_refused),
      cmocka_unit_test(later_complaints_find_the_line),
      cmocka_unit_test(nearest_word),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
