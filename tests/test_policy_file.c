// Policy files: round trips, the layout of the bytes, and files broken in every way that has a
// sentence. The broken ones are made here from whole ones, by editing the header's JSON or bytes.
#include "tests/support/check.h"

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policies/file.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"

// ----------------------------------------------------------------------------- whole policies

static void randomise(PolNet *net, uint32_t seed) {
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, net, net->log_std != NULL);
  for (int i = 0; i < n; i++) {
    SimRng rng = sim_rng(seed, (uint32_t)i, 0, SIM_RNG_TEST);
    float *value = *tensor[i].array;
    const float base = value[0];
    sim_rng_normals(&rng, value, (int)tensor[i].count);
    for (size_t k = 0; k < tensor[i].count; k++) {
      value[k] = base + (base > 0 ? 0.1f * fabsf(value[k]) : 0.3f * value[k]);
    }
  }
}

static PolFile *make_policy(PolKind kind, const char *obs, const char *act, const PolArch *arch) {
  PolFile *file = calloc(1, sizeof *file);
  assert_non_null(file);
  SimError err;
  file->kind = kind;
  file->every = 2;
  file->dt = 0.01;
  snprintf(file->name, sizeof file->name, "caf\xc3\xa9 \"one\"");
  snprintf(file->obs, sizeof file->obs, "%s", obs);
  snprintf(file->act, sizeof file->act, "%s", act);
  file->provenance = strdup("{\"seed\": 7, \"steps\": 1e6}");
  file->net = pol_net_create(arch, strcmp(act, "rotor4") == 0, &err);
  assert_non_null(file->net);
  randomise(file->net, 1);
  return file;
}

static PolFile *make_skill(void) {
  const PolArch arch = {.inputs = 34,
                        .outputs = 4,
                        .layers = 2,
                        .hidden = {8, 6},
                        .input_norm = POL_INPUT_LAYERNORM,
                        .activation = POL_ELU,
                        .hidden_norm = true};
  return make_policy(POL_KIND_SKILL, "ball34", "rotor4", &arch);
}

static PolFile *make_strategy(void) {
  const PolArch arch = {
      .inputs = 100, .outputs = 13, .layers = 1, .hidden = {4}, .activation = POL_TANH};
  PolFile *file = make_policy(POL_KIND_STRATEGY, "strategy100", "heads-6-3-4", &arch);
  snprintf(file->options, sizeof file->options, "paper");
  file->options_hash = 0x0123456789abcdefu;
  file->calibration_hash = 0x00000000000000a5u;
  return file;
}

static PolFile *make_flat(void) {
  const PolArch arch = {
      .inputs = 26, .outputs = 4, .input_norm = POL_INPUT_FIXED, .squash = POL_SQUASH_TANH};
  PolFile *file = make_policy(POL_KIND_FLAT, "goto26", "rotor4", &arch);
  free(file->provenance);
  file->provenance = strdup("{}");
  return file;
}

static void check_same(PolFile *a, PolFile *b) {
  assert_int_equal(a->kind, b->kind);
  assert_string_equal(a->name, b->name);
  assert_string_equal(a->obs, b->obs);
  assert_string_equal(a->act, b->act);
  assert_int_equal(a->every, b->every);
  assert_true(a->dt == b->dt);
  assert_string_equal(a->provenance, b->provenance);
  assert_string_equal(a->options, b->options);
  assert_true(a->options_hash == b->options_hash);
  assert_true(a->calibration_hash == b->calibration_hash);
  assert_memory_equal(&a->net->arch, &b->net->arch, sizeof a->net->arch);
  PolTensor one[POL_NET_TENSORS_MAX], two[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(one, a->net, a->net->log_std != NULL);
  assert_int_equal(n, pol_net_tensors(two, b->net, b->net->log_std != NULL));
  for (int i = 0; i < n; i++) {
    assert_memory_equal(*one[i].array, *two[i].array, one[i].count * sizeof(float));
  }
}

static void check_round_trip(PolFile *file) {
  SimError err;
  assert_ok(pol_file_save("one.safetensors", file, &err), &err);
  PolFile *again = pol_file_load("one.safetensors", &err);
  if (!again) {
    fail_msg("%s", err.text);
    return;
  }
  check_same(file, again);
  assert_ok(pol_file_save("two.safetensors", again, &err), &err);
  size_t one_size, two_size;
  char *one = test_read_file("one.safetensors", &one_size);
  char *two = test_read_file("two.safetensors", &two_size);
  assert_int_equal(one_size, two_size);
  assert_memory_equal(one, two, one_size);
  assert_true(again->hash == sim_hash(one, one_size));
  free(one);
  free(two);
  pol_file_destroy(again);
  pol_file_destroy(file);
}

static void test_round_trip_keeps_every_bit(void **unused) {
  (void)unused;
  check_round_trip(make_skill());
  check_round_trip(make_strategy());
  check_round_trip(make_flat());
  pol_file_destroy(NULL);
}

static void test_published_architecture_loads(void **unused) {
  (void)unused;
  const PolArch arch = {.inputs = 37,
                        .outputs = 4,
                        .layers = 3,
                        .hidden = {256, 128, 128},
                        .input_norm = POL_INPUT_LAYERNORM,
                        .activation = POL_ELU,
                        .hidden_norm = true};
  check_round_trip(make_policy(POL_KIND_SKILL, "serve37", "rotor4", &arch));
}

// the seeds of the fuzz target were written once and must stay readable
static void test_files_of_earlier_builds_load(void **unused) {
  (void)unused;
  char folder[SIM_PATH_MAX];
  snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/policy", sim_home());
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  int loaded = 0;
  for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    char path[SIM_PATH_MAX];
    SimError err = {.status = SIM_OK};
    if (entry->d_name[0] == '.') {
      continue;
    }
    assert_ok(sim_path_join(path, folder, entry->d_name, &err), &err);
    PolFile *file = pol_file_load(path, &err);
    if (!file) {
      fail_msg("%s", err.text);
    }
    pol_file_destroy(file);
    loaded++;
  }
  closedir(dir);
  assert_true(loaded >= 3);
}

// what other readers of the format rely on, without the project's own reader
static void test_bytes_are_safetensors(void **unused) {
  (void)unused;
  PolFile *file = make_skill();
  SimError err;
  char *bytes;
  size_t size;
  assert_ok(pol_file_format(&bytes, &size, file, &err), &err);
  const unsigned char *u = (const unsigned char *)bytes;
  const size_t length = u[0] | (size_t)u[1] << 8 | (size_t)u[2] << 16;
  assert_true(u[3] == 0 && u[4] == 0 && u[5] == 0 && u[6] == 0 && u[7] == 0);
  assert_int_equal(length % 8, 0);
  assert_int_equal(bytes[8], '{');
  json_t *header = json_loadb(bytes + 8, length, 0, NULL);
  assert_non_null(header);
  const json_t *weight = json_object_get(header, "layers.1.weight");
  json_int_t rows, columns, begin, end;
  const char *dtype;
  assert_int_equal(json_unpack((json_t *)(uintptr_t)weight, "{s:s, s:[I,I], s:[I,I]}", "dtype",
                               &dtype, "shape", &rows, &columns, "data_offsets", &begin, &end),
                   0);
  assert_string_equal(dtype, "F32");
  assert_true(rows == 6 && columns == 8 && end - begin == 6 * 8 * 4);
  assert_memory_equal(bytes + 8 + length + begin, file->net->weight[1], 6 * 8 * 4);
  json_decref(header);
  free(bytes);
  pol_file_destroy(file);
}

static void test_actions(void **unused) {
  (void)unused;
  static const struct {
    const char *act;
    int heads, sum;
  } cases[] = {{"rotor4", 0, 0},         {"heads-6-3-4", 3, 13},
               {"heads-8-6-9-4", 4, 27}, {"heads-1", 1, 1},
               {"heads-32", 1, 32},      {"heads", -1, 0},
               {"heads-", -1, 0},        {"heads-0", -1, 0},
               {"heads-33", -1, 0},      {"heads-1-2-3-4-5-6", -1, 0},
               {"heads-6-", -1, 0},      {"heads-6x", -1, 0},
               {"heads--6", -1, 0},      {"heads-0006", -1, 0},
               {"rotor40", -1, 0},       {"", -1, 0},
               {"heads6", -1, 0},        {"heads-99999999999", -1, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int size[POL_ACT_HEADS_MAX], sum = 0;
    assert_int_equal(pol_act_heads(size, cases[i].act), cases[i].heads);
    for (int k = 0; k < cases[i].heads; k++) {
      sum += size[k];
    }
    assert_int_equal(sum, cases[i].sum);
  }
}

// ------------------------------------------------------------------------------- broken files

typedef enum Edit {
  SET_TEXT,      // metadata a = text b
  SET_META,      // metadata a = JSON b
  DROP_META,     // metadata a away
  SET_TOP,       // top-level key a = JSON b
  DROP_TOP,      // top-level key a away
  SET_FIELD,     // field b of tensor a = JSON c
  SET_VALUE,     // first value of tensor a = number
  RAW_HEADER,    // the header's text is a
  HEADER_FIRST,  // the header's text has a in front
  SET_LENGTH,    // the length says number
  CUT_TO,        // the file has number bytes, below 0: is shorter by that
  APPEND,        // number zero bytes behind the end
} Edit;

typedef struct Broken {
  bool strategy;  // made from the strategy instead of the skill
  Edit edit;
  const char *a, *b, *c;
  double number;
  const char *sentence;  // behind "broken.safetensors: " (or ":" in front)
} Broken;

#define NAME "broken.safetensors"

// clang-format off
static const Broken broken_files[] = {
    // container
    {.edit = CUT_TO, .number = 0, .sentence = "saw 0 bytes, wanted at least the 8 of a length"},
    {.edit = CUT_TO, .number = 7, .sentence = "saw 7 bytes, wanted at least the 8 of a length"},
    {.edit = SET_LENGTH, .number = 0, .sentence = "header length: saw 0, wanted 2 to 1048576"},
    {.edit = SET_LENGTH, .number = 1048577, .sentence = "header length: saw 1048577, wanted 2 to 1048576"},
    {.edit = SET_LENGTH, .number = 9007199254740992, .sentence = "header length: saw 9007199254740992, wanted 2 to 1048576"},
    {.edit = CUT_TO, .number = 100, .sentence = "header length: saw 1398, wanted at most the 92 bytes that follow"},
    {.edit = HEADER_FIRST, .a = " ", .sentence = "header: saw the byte 0x20 first, wanted '{'"},
    {.edit = RAW_HEADER, .a = "{\"a\":}", .sentence = ":header, byte 6: saw 'unexpected token"},
    {.edit = RAW_HEADER, .a = "{\"a\":1,\"a\":2}", .sentence = ":header, byte 10: saw 'duplicate object key"},
    {.edit = RAW_HEADER, .a = "{\"a\":\"\\u0000\"}", .sentence = ":header, byte 13: saw '\\u0000 is not allowed"},
    {.edit = RAW_HEADER, .a = "{\"a\":\"\xff\"}", .sentence = ":header, byte 6: saw 'unable to decode byte 0xff"},
    {.edit = RAW_HEADER, .a = "{}", .sentence = "__metadata__: saw nothing, wanted an object of strings"},
    {.edit = SET_TOP, .a = "__metadata__", .b = "[]", .sentence = "__metadata__: saw another value, wanted an object of strings"},
    {.edit = SET_META, .a = "colour", .b = "3", .sentence = "metadata 'colour': saw a value without quotes, wanted a string"},
    {.edit = SET_META, .a = "arch", .b = "{}", .sentence = "metadata 'arch': saw an object, wanted a string"},
    // tensors as such
    {.edit = SET_TOP, .a = "head.bias", .b = "3", .sentence = "tensor 'head.bias': saw no object, wanted exactly dtype, shape and data_offsets"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "note", .c = "1", .sentence = "tensor 'head.bias': saw other keys, wanted exactly dtype, shape and data_offsets"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "dtype", .c = "\"F16\"", .sentence = "tensor 'head.bias', dtype: saw F16, wanted F32"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "dtype", .c = "32", .sentence = "tensor 'head.bias', dtype: saw no text, wanted F32"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "4", .sentence = "tensor 'head.bias', shape: saw no array, wanted 1 or 2 whole numbers"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "[]", .sentence = "tensor 'head.bias', shape: saw an array of another length, wanted 1 or 2 whole numbers"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "[1,1,4]", .sentence = "tensor 'head.bias', shape: saw an array of another length, wanted 1 or 2 whole numbers"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "[-4]", .sentence = "tensor 'head.bias', shape: saw a value that is no whole number in 0..67108864, wanted one"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "[4.0]", .sentence = "tensor 'head.bias', shape: saw a value that is no whole number in 0..67108864, wanted one"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "[4611686018427387905]", .sentence = "tensor 'head.bias', shape: saw a value that is no whole number in 0..67108864, wanted one"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "[67108864,67108864]", .sentence = "tensor 'head.bias', data_offsets: saw 16 bytes, wanted the 18014398509481984 of its shape"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "[5]", .sentence = "tensor 'head.bias', data_offsets: saw 16 bytes, wanted the 20 of its shape"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "data_offsets", .c = "[0]", .sentence = "tensor 'head.bias', data_offsets: saw an array of another length, wanted 2 whole numbers"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "data_offsets", .c = "[16,0]", .sentence = "tensor 'head.bias', data_offsets: saw 16 to 0, wanted a range inside the 2456 bytes of data"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "data_offsets", .c = "[9000000,9000016]", .sentence = "tensor 'head.bias', data_offsets: saw 9000000 to 9000016, wanted a range inside the 2456 bytes of data"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "data_offsets", .c = "[0,16]", .sentence = "tensor 'input.weight', data_offsets: saw its begin at 0, wanted 16 where the one before ends"},
    {.edit = DROP_TOP, .a = "log_std", .sentence = "tensor 'probe.obs', data_offsets: saw its begin at 1848, wanted 1832 where the one before ends"},
    {.edit = CUT_TO, .number = -1, .sentence = "tensor 'probe.out', data_offsets: saw 2392 to 2456, wanted a range inside the 2455 bytes of data"},
    {.edit = APPEND, .number = 4, .sentence = "data: saw 2460 bytes, wanted the 2456 that the tensors cover"},
    // metadata
    {.edit = DROP_META, .a = "format", .sentence = "metadata 'format': saw nothing, wanted a value"},
    {.edit = SET_TEXT, .a = "format", .b = "pt", .sentence = "metadata 'format': saw 'pt', wanted 'hcsp-policy'"},
    {.edit = SET_TEXT, .a = "version", .b = "2", .sentence = "metadata 'version': saw '2', wanted '1'"},
    {.edit = SET_TEXT, .a = "kind", .b = "net", .sentence = "metadata 'kind': saw 'net', wanted 'skill', 'strategy' or 'flat'"},
    {.edit = SET_TEXT, .a = "name", .b = "", .sentence = "metadata 'name': saw 0 bytes, wanted 1 to 63"},
    {.edit = SET_TEXT, .a = "name", .b = "a\x1b[2Jb", .sentence = "metadata 'name': saw a control character, wanted plain text"},
    {.edit = SET_TEXT, .a = "name", .b = "0123456789012345678901234567890123456789012345678901234567890123", .sentence = "metadata 'name': saw 64 bytes, wanted 1 to 63"},
    {.edit = SET_TEXT, .a = "obs", .b = "ball35", .sentence = "metadata 'obs': saw 'ball35', wanted a layout that this build knows"},
    {.edit = SET_TEXT, .a = "obs", .b = "strategy100", .sentence = "metadata 'obs': saw 'strategy100', wanted a layout with one row per drone for a skill"},
    {.strategy = true, .edit = SET_TEXT, .a = "obs", .b = "ball34", .sentence = "metadata 'obs': saw 'ball34', wanted a layout with one row per team for a strategy"},
    {.edit = SET_TEXT, .a = "act", .b = "heads-4", .sentence = "metadata 'act': saw 'heads-4', wanted 'rotor4' or 'ctbr4' for a skill"},
    {.strategy = true, .edit = SET_TEXT, .a = "act", .b = "rotor4", .sentence = "metadata 'act': saw 'rotor4', wanted one like 'heads-6-3-4' for a strategy"},
    {.strategy = true, .edit = SET_TEXT, .a = "act", .b = "heads-6-0-4", .sentence = "metadata 'act': saw 'heads-6-0-4', wanted one like 'heads-6-3-4' for a strategy"},
    {.edit = SET_TEXT, .a = "every", .b = "0", .sentence = "metadata 'every': saw '0', wanted a whole number in 1..1000"},
    {.edit = SET_TEXT, .a = "every", .b = "-1", .sentence = "metadata 'every': saw '-1', wanted a whole number in 1..1000"},
    {.edit = SET_TEXT, .a = "every", .b = "99999999999999999999", .sentence = "metadata 'every': saw '99999999999999999999', wanted a whole number in 1..1000"},
    {.edit = SET_TEXT, .a = "dt", .b = "0.02", .sentence = "metadata 'dt': saw '0.02', wanted 0.01"},
    {.edit = SET_TEXT, .a = "dt", .b = "nan", .sentence = "metadata 'dt': saw 'nan', wanted 0.01"},
    {.edit = SET_TEXT, .a = "provenance", .b = "by hand", .sentence = "metadata 'provenance': saw 'by hand', wanted a JSON object"},
    {.edit = SET_TEXT, .a = "options", .b = "paper", .sentence = "metadata 'options': saw it in a skill, wanted a strategy"},
    {.strategy = true, .edit = DROP_META, .a = "options_hash", .sentence = "metadata 'options_hash': saw nothing, wanted a value"},
    {.strategy = true, .edit = DROP_META, .a = "options", .sentence = "metadata 'options': saw nothing, wanted a value"},
    {.strategy = true, .edit = SET_TEXT, .a = "calibration_hash", .b = "0x12", .sentence = "metadata 'calibration_hash': saw '0x12', wanted 16 digits of 0-9 and a-f"},
    {.strategy = true, .edit = SET_TEXT, .a = "options_hash", .b = "0x12", .sentence = "metadata 'options_hash': saw '0x12', wanted 16 digits of 0-9 and a-f"},
    // architecture
    {.edit = DROP_META, .a = "arch", .sentence = "metadata 'arch': saw 'nothing', wanted JSON"},
    {.edit = SET_TEXT, .a = "arch", .b = "{", .sentence = "metadata 'arch': saw 'string or '}' expected near end of file', wanted JSON"},
    {.edit = SET_TEXT, .a = "arch", .b = "[]", .sentence = "metadata 'arch', input_norm: saw '', wanted 'none', 'layernorm' or 'fixed'"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[8,6],\"activation\":\"elu\",\"hidden_norm\":\"layernorm\",\"squash\":\"none\",\"skip\":true}",
     .sentence = "metadata 'arch': saw 6 keys, wanted the 5 of the format"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":\"8\"}", .sentence = "metadata 'arch', hidden: saw no array, wanted an array of at most 8 widths"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[1,1,1,1,1,1,1,1,1]}", .sentence = "metadata 'arch', hidden: saw a longer array, wanted an array of at most 8 widths"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[8,2000]}", .sentence = "metadata 'arch', hidden[1]: saw 2000, wanted a whole number in 1..1024"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[\"8\"]}", .sentence = "metadata 'arch', hidden[0]: saw \"8\", wanted a whole number in 1..1024"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[8,6],\"activation\":\"relu\"}", .sentence = "metadata 'arch', activation: saw 'relu', wanted 'elu' or 'tanh'"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[8,6],\"activation\":\"elu\",\"hidden_norm\":true}", .sentence = "metadata 'arch', hidden_norm: saw '', wanted 'none' or 'layernorm'"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[8,6],\"activation\":\"elu\",\"hidden_norm\":\"none\"}", .sentence = "metadata 'arch', squash: saw '', wanted 'none', 'tanh' or 'clip'"},
    {.strategy = true, .edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"none\",\"hidden\":[4],\"activation\":\"tanh\",\"hidden_norm\":\"none\",\"squash\":\"clip\"}",
     .sentence = "metadata 'arch', squash of a strategy: saw 'clip', wanted 'none'"},
    // names and shapes
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"fixed\",\"hidden\":[8,6],\"activation\":\"elu\",\"hidden_norm\":\"layernorm\",\"squash\":\"none\"}",
     .sentence = "tensor 'input.mean': saw nothing, wanted it for this architecture"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"none\",\"hidden\":[8,6],\"activation\":\"elu\",\"hidden_norm\":\"layernorm\",\"squash\":\"none\"}",
     .sentence = "tensor 'input.weight': saw it, wanted only those of this architecture"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[8,7],\"activation\":\"elu\",\"hidden_norm\":\"layernorm\",\"squash\":\"none\"}",
     .sentence = "tensor 'layers.1.weight', shape: saw [6, 8], wanted [7, 8]"},
    {.edit = SET_TEXT, .a = "arch", .b = "{\"input_norm\":\"layernorm\",\"hidden\":[1024,1024,1024,1024,1024,1024,1024,1024],\"activation\":\"elu\",\"hidden_norm\":\"layernorm\",\"squash\":\"none\"}",
     .sentence = "tensor 'layers.0.weight', shape: saw [8, 34], wanted [1024, 34]"},
    {.edit = SET_TEXT, .a = "obs", .b = "side36", .sentence = "tensor 'input.weight', shape: saw [34], wanted [36]"},
    {.strategy = true, .edit = SET_TEXT, .a = "act", .b = "heads-6-3-5", .sentence = "tensor 'head.weight', shape: saw [13, 4], wanted [14, 4]"},
    {.edit = SET_FIELD, .a = "head.bias", .b = "shape", .c = "[4,1]", .sentence = "tensor 'head.bias', shape: saw [4, 1], wanted [4]"},
    {.edit = SET_TOP, .a = "extra", .b = "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}", .sentence = "tensor 'extra': saw it, wanted only those of this architecture"},
    // values
    {.edit = SET_VALUE, .a = "layers.0.weight", .number = (double)NAN, .sentence = "tensor 'layers.0.weight', value 0: saw nan, wanted a finite number"},
    {.edit = SET_VALUE, .a = "log_std", .number = (double)INFINITY, .sentence = "tensor 'log_std', value 0: saw inf, wanted a finite number"},
    {.edit = SET_VALUE, .a = "probe.obs", .number = -(double)INFINITY, .sentence = "tensor 'probe.obs', value 0: saw -inf, wanted a finite number"},
    {.edit = SET_VALUE, .a = "probe.out", .number = 1000, .sentence = ":probe.out, row 0, value 0: saw 1000, wanted the network's "},
    {.edit = SET_VALUE, .a = "head.bias", .number = 5, .sentence = ":probe.out, row 0, value 0: saw "},
    {.edit = SET_VALUE, .a = "head.bias", .number = 3e38, .sentence = ":probe.out, row 0, value 0: saw "},
};
// clang-format on

typedef struct Parts {
  json_t *header;
  char *data;
  size_t data_size;
} Parts;

static Parts take_apart(PolFile *file) {
  SimError err;
  char *bytes;
  size_t size;
  assert_ok(pol_file_format(&bytes, &size, file, &err), &err);
  pol_file_destroy(file);
  uint64_t length;
  memcpy(&length, bytes, 8);
  Parts parts = {.header = json_loadb(bytes + 8, length, 0, NULL), .data_size = size - 8 - length};
  assert_non_null(parts.header);
  parts.data = malloc(parts.data_size);
  assert_non_null(parts.data);
  memcpy(parts.data, bytes + 8 + length, parts.data_size);
  free(bytes);
  return parts;
}

static json_t *json_of(const char *text) {
  json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
  assert_non_null(json);
  return json;
}

static void set_value(Parts *parts, const char *tensor, float value) {
  const json_t *offsets = json_object_get(json_object_get(parts->header, tensor), "data_offsets");
  const size_t begin = (size_t)json_integer_value(json_array_get(offsets, 0));
  memcpy(parts->data + begin, &value, sizeof value);
}

static void edit_parts(Parts *parts, const Broken *broken) {
  json_t *metadata = json_object_get(parts->header, "__metadata__");
  switch (broken->edit) {
  case SET_TEXT:
    json_object_set_new(metadata, broken->a, json_string(broken->b));
    break;
  case SET_META:
    json_object_set_new(metadata, broken->a, json_of(broken->b));
    break;
  case DROP_META:
    assert_int_equal(json_object_del(metadata, broken->a), 0);
    break;
  case SET_TOP:
    json_object_set_new(parts->header, broken->a, json_of(broken->b));
    break;
  case DROP_TOP:
    assert_int_equal(json_object_del(parts->header, broken->a), 0);
    break;
  case SET_FIELD:
    json_object_set_new(json_object_get(parts->header, broken->a), broken->b, json_of(broken->c));
    break;
  case SET_VALUE:
    set_value(parts, broken->a, (float)broken->number);
    break;
  case RAW_HEADER:
  case HEADER_FIRST:
  case SET_LENGTH:
  case CUT_TO:
  case APPEND:
    break;
  }
}

// the file's bytes, to be freed
static char *put_together(size_t *size, const Parts *parts, const Broken *broken) {
  char *json = json_dumps(parts->header, JSON_COMPACT);
  assert_non_null(json);
  const char *front = broken->edit == HEADER_FIRST ? broken->a : "";
  const char *text = broken->edit == RAW_HEADER ? broken->a : json;
  uint64_t length = strlen(front) + strlen(text);
  char *bytes = calloc(1, 8 + length + parts->data_size + 64);
  assert_non_null(bytes);
  memcpy(bytes + 8, front, strlen(front));
  memcpy(bytes + 8 + strlen(front), text, strlen(text));
  memcpy(bytes + 8 + length, parts->data, parts->data_size);
  *size = 8 + length + parts->data_size;
  if (broken->edit == SET_LENGTH) {
    length = (uint64_t)broken->number;
  }
  memcpy(bytes, &length, 8);
  if (broken->edit == CUT_TO) {
    const double left = broken->number < 0 ? (double)*size + broken->number : broken->number;
    *size = (size_t)left;
  }
  if (broken->edit == APPEND) {
    *size += (size_t)broken->number;
  }
  free(json);
  return bytes;
}

// a sentence that begins with ':' needs only be the beginning
static int check_refused(const Broken *broken) {
  SimError err = {.status = SIM_OK};
  PolFile *file = pol_file_load(NAME, &err);
  const bool loaded = file != NULL;
  pol_file_destroy(file);
  const bool part = broken->sentence[0] == ':';
  char wanted[1024];
  snprintf(wanted, sizeof wanted, NAME ": %s", broken->sentence + part);
  const bool same =
      part ? strncmp(err.text, wanted, strlen(wanted)) == 0 : strcmp(err.text, wanted) == 0;
  if (loaded || err.status != SIM_BAD_INPUT || !same) {
    print_error("status %d\n saw    \"%s\"\n wanted \"%s\"\n", (int)err.status, err.text, wanted);
    return 1;
  }
  return 0;
}

static void test_broken_files_get_their_sentence(void **unused) {
  (void)unused;
  int wrong = 0;
  for (size_t i = 0; i < sizeof broken_files / sizeof broken_files[0]; i++) {
    const Broken *broken = &broken_files[i];
    Parts parts = take_apart(broken->strategy ? make_strategy() : make_skill());
    edit_parts(&parts, broken);
    size_t size;
    char *bytes = put_together(&size, &parts, broken);
    test_write_file(NAME, bytes, size);
    wrong += check_refused(broken);
    free(bytes);
    free(parts.data);
    json_decref(parts.header);
  }
  assert_int_equal(wrong, 0);
}

// what the table's tools write without an edit must load, or the table proves nothing
static void test_edits_that_change_nothing_load(void **unused) {
  (void)unused;
  static const Broken whole[] = {{.edit = APPEND, .number = 0},
                                 {.edit = SET_TEXT, .a = "colour", .b = "blue"},
                                 {.edit = DROP_META, .a = "provenance"},
                                 {.strategy = true, .edit = APPEND, .number = 0}};
  for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
    Parts parts = take_apart(whole[i].strategy ? make_strategy() : make_skill());
    edit_parts(&parts, &whole[i]);
    size_t size;
    SimError err = {.status = SIM_OK};
    char *bytes = put_together(&size, &parts, &whole[i]);
    PolFile *file = pol_file_parse("whole", bytes, size, &err);
    if (!file) {
      fail_msg("%s", err.text);
    }
    pol_file_destroy(file);
    free(bytes);
    free(parts.data);
    json_decref(parts.header);
  }
}

static void test_std_must_be_positive(void **unused) {
  (void)unused;
  Parts parts = take_apart(make_flat());
  set_value(&parts, "input.std", 0);
  size_t size;
  SimError err;
  char *bytes = put_together(&size, &parts, &(Broken){.edit = APPEND});
  assert_null(pol_file_parse("f", bytes, size, &err));
  assert_string_equal(err.text, "f: tensor 'input.std', value 0: saw 0, wanted a number above 0");
  free(bytes);
  free(parts.data);
  json_decref(parts.header);
}

static void test_what_is_no_file(void **unused) {
  (void)unused;
  SimError err;
  assert_null(pol_file_load("missing.safetensors", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err,
                 "missing.safetensors: saw 'No such file or directory', wanted a readable file");
  assert_null(pol_file_load(".", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, ".: saw a folder, wanted a regular file");
  test_write_file("large.safetensors", "x", 1);
  assert_int_equal(truncate("large.safetensors", (64 << 20) + 1), 0);
  assert_null(pol_file_load("large.safetensors", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err,
                 "large.safetensors: saw 67108865 bytes, wanted at most 67108864");
  assert_null(pol_file_load("missing.safetensors", NULL));
}

// deep nesting, long arrays and many tensors cost no more than a sentence
static void check_large_header(const char *front, const char *again, int times, const char *back) {
  const size_t size = strlen(front) + strlen(again) * (size_t)times + strlen(back);
  char *bytes = calloc(1, size + 9);
  assert_non_null(bytes);
  char *next = bytes + 8 + snprintf(bytes + 8, size + 1, "%s", front);
  for (int i = 0; i < times; i++) {
    next += snprintf(next, strlen(again) + 1, "%s", again);
  }
  snprintf(next, strlen(back) + 1, "%s", back);
  const uint64_t length = size;
  memcpy(bytes, &length, 8);
  SimError err = {.status = SIM_OK};
  assert_null(pol_file_parse("large", bytes, size + 8, &err));
  assert_int_equal(err.status, SIM_BAD_INPUT);
  free(bytes);
}

static void test_large_headers(void **unused) {
  (void)unused;
  check_large_header("{\"a\":", "[", 1000000, "");
  check_large_header("{\"__metadata__\":{},\"a\":", "{\"a\":", 200000, "");
  check_large_header("{\"__metadata__\":{},\"a\":[0", ",0", 500000, "]}");
  check_large_header("{\"__metadata__\":{}", ",\"\\u00e9\":0", 1, "}");
}

static void test_many_tensors_are_refused(void **unused) {
  (void)unused;
  Parts parts = take_apart(make_skill());
  for (int i = 0; i < 65; i++) {
    char name[16];
    snprintf(name, sizeof name, "x%d", i);
    json_object_set_new(parts.header, name,
                        json_of("{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"));
  }
  size_t size;
  SimError err;
  char *bytes = put_together(&size, &parts, &(Broken){.edit = APPEND});
  assert_null(pol_file_parse("f", bytes, size, &err));
  assert_string_equal(err.text, "f: header: saw more tensors, wanted at most 64");
  free(bytes);
  free(parts.data);
  json_decref(parts.header);
}

// ------------------------------------------------------------------------------ random damage

// parses an exact copy, so that a sanitizer sees a read behind its end
static PolFile *parse_copy(const char *bytes, size_t size, SimError *err) {
  char *copy = malloc(size ? size : 1);
  assert_non_null(copy);
  memcpy(copy, bytes, size);
  *err = (SimError){.status = SIM_OK};
  PolFile *file = pol_file_parse("copy", copy, size, err);
  free(copy);
  return file;
}

static void test_truncated_files(void **unused) {
  (void)unused;
  PolFile *file = make_skill();
  SimError err;
  char *bytes;
  size_t size;
  assert_ok(pol_file_format(&bytes, &size, file, &err), &err);
  assert_true(size > 300);
  for (size_t n = 0; n < size; n++) {
    assert_null(parse_copy(bytes, n, &err));
    assert_int_equal(err.status, SIM_BAD_INPUT);
  }
  free(bytes);
  pol_file_destroy(file);
}

// the outputs of net for the probe's inputs, which are at the same place in every variant
static void run_rows(float out[4 * 4], const PolNet *net, const float in[4 * 34]) {
  float scratch[2 * 34 * 16];
  assert_true(pol_net_scratch(net) <= 2 * 34 * 16);
  pol_net_forward(out, net, in, 4, scratch);
}

static void check_outputs(const float got[4 * 4], const float wanted[4 * 4]) {
  for (int row = 0; row < 4; row++) {
    double largest = 0;
    for (int i = 0; i < 4; i++) {
      largest = fmax(largest, fabs((double)wanted[4 * row + i]));
    }
    for (int i = 0; i < 4; i++) {
      // the stored output itself may have been hit, hence twice the tolerance
      assert_near((double)got[4 * row + i], (double)wanted[4 * row + i], 2.1e-4 * (1 + largest));
    }
  }
}

static void test_flipped_bits(void **unused) {
  (void)unused;
  PolFile *file = make_skill();
  SimError err;
  char *bytes;
  size_t size;
  assert_ok(pol_file_format(&bytes, &size, file, &err), &err);
  float probe[4 * 34], wanted[4 * 4], got[4 * 4];
  memcpy(probe, bytes + size - sizeof wanted - sizeof probe, sizeof probe);
  run_rows(wanted, file->net, probe);
  assert_memory_equal(bytes + size - sizeof wanted, wanted, sizeof wanted);
  SimRng rng = sim_rng(3, 0, 0, SIM_RNG_TEST);
  int refused = 0;
  enum { FLIPS = 4000 };
  for (int i = 0; i < FLIPS; i++) {
    const size_t place = sim_rng_below(&rng, (uint32_t)size);
    const char bit = (char)(1 << sim_rng_below(&rng, 8));
    bytes[place] ^= bit;
    PolFile *damaged = parse_copy(bytes, size, &err);
    bytes[place] ^= bit;
    refused += damaged == NULL;
    if (damaged) {
      run_rows(got, damaged->net, probe);
      check_outputs(got, wanted);
    }
    pol_file_destroy(damaged);
  }
  print_message("%d of %d flips refused\n", refused, FLIPS);
  assert_true(refused > FLIPS / 2);
  free(bytes);
  pol_file_destroy(file);
}

// ------------------------------------------------------------------------------------- writer

static void check_not_written(const PolFile *file, const char *sentence) {
  SimError err;
  test_write_file("kept.safetensors", "before", 6);
  assert_refused(pol_file_save("kept.safetensors", file, &err), SIM_FAIL, &err, sentence);
  char *kept = test_read_file("kept.safetensors", NULL);
  assert_string_equal(kept, "before");
  free(kept);
}

static void test_writer_refuses_what_the_reader_would(void **unused) {
  (void)unused;
  PolFile *file = make_skill();
  file->net->weight[0][3] = NAN;
  check_not_written(file, "not written, because kept.safetensors: tensor 'layers.0.weight', value "
                          "3: saw nan, wanted a finite number");
  pol_file_destroy(file);
  file = make_skill();
  for (int i = 0; i < 6; i++) {
    file->net->norm_bias[1][i] = 30;
    file->net->head_weight[i] = 3e38f;
  }
  check_not_written(file,
                    "not written, because kept.safetensors: tensor 'probe.out', value 0: saw inf");
  pol_file_destroy(file);
  file = make_skill();
  snprintf(file->obs, sizeof file->obs, "goto26");
  check_not_written(file, "shape: saw [34], wanted [26]");
  pol_file_destroy(file);
  file = make_skill();
  snprintf(file->name, sizeof file->name, "\xff\xfe");
  check_not_written(file, "is not UTF-8");
  pol_file_destroy(file);
}

static void test_writer_reports_the_disk(void **unused) {
  (void)unused;
  PolFile *file = make_skill();
  SimError err;
  assert_refused(pol_file_save("no/such/folder.safetensors", file, &err), SIM_FAIL, &err,
                 "no/such/folder.safetensors");
  pol_file_destroy(file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip_keeps_every_bit),
      cmocka_unit_test(test_published_architecture_loads),
      cmocka_unit_test(test_files_of_earlier_builds_load),
      cmocka_unit_test(test_bytes_are_safetensors),
      cmocka_unit_test(test_actions),
      cmocka_unit_test(test_broken_files_get_their_sentence),
      cmocka_unit_test(test_edits_that_change_nothing_load),
      cmocka_unit_test(test_std_must_be_positive),
      cmocka_unit_test(test_what_is_no_file),
      cmocka_unit_test(test_large_headers),
      cmocka_unit_test(test_many_tensors_are_refused),
      cmocka_unit_test(test_truncated_files),
      cmocka_unit_test(test_flipped_bits),
      cmocka_unit_test(test_writer_refuses_what_the_reader_would),
      cmocka_unit_test(test_writer_reports_the_disk),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
