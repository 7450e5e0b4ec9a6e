// Reads a command line by its table. The options of CliCommon are rows as well.
#include <assert.h>

#include "hcsp/cli/cli.h"
#include "hcsp/recipes/skills/skills.h"
#include "kernels/ops.h"

enum { ROWS_MAX = 24, KEY_FIRST = 256 };  // keys of options without a letter

static const CliOption SHARED[] = {
    {"rules", 'r', "RULES", CLI_SHARED_RULES, offsetof(CliCommon, rules), 0, 0, NULL,
     "court (30 s clock, default) or paper (15 s clock)"},
    {"seed", 's', "SEED", CLI_SHARED_SEED, offsetof(CliCommon, seed), 0, INT64_MAX / 64, NULL,
     "all that is drawn depends on it alone, default 1"},
    {"threads", 't', "T", CLI_SHARED_THREADS, offsetof(CliCommon, threads), 1, CLI_THREADS_MAX,
     NULL, "default: every core it may use; changes nothing but the time"},
    {"json", 'j', NULL, CLI_FLAG, offsetof(CliCommon, json), 0, 0, NULL, "print one JSON object"}};
enum { N_SHARED = sizeof SHARED / sizeof SHARED[0] };

CliCommon cli_common(void) {
  return (CliCommon){.seed = 1, .threads = cli_cores(), .rules = sim_rules_find("court")};
}

// What argp hands around.
typedef struct Reading {
  const CliCommand *command;
  char *arguments;
  const CliOption *row[ROWS_MAX];
  char *base[ROWS_MAX];  // the structure that a row's value goes to
  int rows, words;
} Reading;

static int key_of(const Reading *r, int row) {
  return r->row[row]->letter ? r->row[row]->letter : KEY_FIRST + row;
}

static void add_row(Reading *r, struct argp_option *list, const CliOption *option, char *base) {
  assert(r->rows < ROWS_MAX);
  r->row[r->rows] = option;
  r->base[r->rows] = base;
  list[r->rows] = (struct argp_option){
      .name = option->name, .key = key_of(r, r->rows), .arg = option->value, .doc = option->help};
  r->rows++;
}

static SkillsPreset find_preset(struct argp_state *state, const char *text) {
  const int preset = skills_preset_find(text);
  if (preset < 0) {
    argp_error(state, "--preset '%s'; wanted smoke, quick or full", text);
  }
  return (SkillsPreset)preset;
}

static void take(const CliOption *option, char *base, char *text, struct argp_state *state) {
  void *to = base + option->offset;
  switch (option->kind) {
  case CLI_DEVICE:
    if (!krn_device_known(text)) {
      argp_error(state, "--device '%s'; wanted cpu, cuda, cuda-plain, cuda-graphs or auto", text);
    }
    *(const char **)to = text;
    break;
  case CLI_TEXT:
    *(const char **)to = text;
    break;
  case CLI_FLAG:
    *(bool *)to = true;
    break;
  case CLI_NUMBER:
  case CLI_SHARED_THREADS:
    *(int *)to = (int)cli_arg_int(state, option->name, text, option->low, option->high);
    break;
  case CLI_POINTS:
    *(int *)to = cli_arg_points(state, option->name, text);
    break;
  case CLI_PHYSICS:
    *(SimPhysics *)to = cli_arg_physics(state, text);
    break;
  case CLI_PRESET:
    *(SkillsPreset *)to = find_preset(state, text);
    break;
  case CLI_SHARED_RULES:
    *(const SimRules **)to = cli_arg_rules(state, text);
    break;
  case CLI_SHARED_SEED:
    *(uint64_t *)to = (uint64_t)cli_arg_int(state, option->name, text, option->low, option->high);
    break;
  case CLI_OWN:
    option->take(base, text, state);
    break;
  }
}

static void take_word(Reading *r, char *text, struct argp_state *state) {
  const CliWords *words = &r->command->words;
  if (r->command->word) {
    r->command->word(r->arguments, text, state);
    return;
  }
  if (r->words == words->most) {
    argp_error(state, "'%s'; wanted %s", text, words->wanted);
    return;
  }
  ((const char **)(void *)(r->arguments + words->word))[r->words++] = text;
  if (words->n != CLI_UNCOUNTED) {
    *(int *)(void *)(r->arguments + words->n) = r->words;
  }
}

static void check(const Reading *r, struct argp_state *state) {
  const CliWords *words = &r->command->words;
  if (!r->command->word && r->words < words->least) {
    argp_error(state, r->words ? "one %s only; wanted %s" : "no %s; wanted %s", words->what,
               words->wanted);
  }
  if (r->command->check) {
    r->command->check(r->arguments, state);
  }
}

static error_t parse(int key, char *text, struct argp_state *state) {
  Reading *r = state->input;
  switch (key) {
  case ARGP_KEY_ARG:
    take_word(r, text, state);
    return 0;
  case ARGP_KEY_END:
    check(r, state);
    return 0;
  default:
    for (int i = 0; i < r->rows; i++) {
      if (key_of(r, i) == key) {
        take(r->row[i], r->base[i], text, state);
        return 0;
      }
    }
    return ARGP_ERR_UNKNOWN;
  }
}

void cli_read(void *arguments, const CliCommand *c, int argc, char **argv) {
  struct argp_option list[ROWS_MAX + 1] = {{0}};
  Reading r = {.command = c, .arguments = arguments};
  for (int i = 0; i < c->options; i++) {
    add_row(&r, list, &c->option[i], r.arguments);
  }
  for (int i = 0; i < N_SHARED; i++) {
    if (c->shared & (1 << i)) {
      add_row(&r, list, &SHARED[i], r.arguments + c->common);
    }
  }
  const struct argp argp = {.options = list, .parser = parse, .args_doc = c->usage, .doc = c->help};
  argp_parse(&argp, argc, argv, 0, NULL, &r);
}
