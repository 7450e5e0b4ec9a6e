// Team files: the shipped one, learned skills and mixtures from files made here, one file in
// several slots, hashes, and each broken team refused with one sentence that names file and place.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policies/team.h"
#include "sim/base/file.h"

// ---- policy files

static void save_policy(const char *path, PolKind kind, const char *obs, const char *act,
                        int inputs, int outputs, const PolOptions *options) {
  const PolArch arch = {.inputs = inputs, .outputs = outputs, .layers = 1, .hidden = {8}};
  SimError err = {0};
  PolNet *net = pol_net_create(&arch, kind != POL_KIND_STRATEGY, &err);
  assert_non_null(net);
  PolFile file = {.kind = kind, .every = 1, .dt = 0.01, .net = net};
  snprintf(file.name, sizeof file.name, "made %s", obs);
  snprintf(file.obs, sizeof file.obs, "%s", obs);
  snprintf(file.act, sizeof file.act, "%s", act);
  char none[] = "{}";
  file.provenance = none;
  if (options) {
    snprintf(file.options, sizeof file.options, "%s", options->name);
    file.options_hash = options->hash;
  }
  assert_ok(pol_file_save(path, &file, &err), &err);
  pol_net_destroy(net);
}

static void save_skill(const char *path, const char *obs, int inputs) {
  save_policy(path, POL_KIND_SKILL, obs, "rotor4", inputs, 4, NULL);
}

static int make_files(void **state) {
  (void)state;
  save_skill("goto.safetensors", "goto26", 26);
  save_skill("ball.safetensors", "ball34", 34);
  save_skill("side.safetensors", "side36", 36);
  save_skill("serve.safetensors", "serve37", 37);
  save_policy("flat.safetensors", POL_KIND_FLAT, "flat57", "rotor4", 57, 4, NULL);
  save_policy("blind.safetensors", POL_KIND_FLAT, "goto26", "rotor4", 26, 4, NULL);
  PolOptions *paper = pol_options_load("paper", NULL);
  assert_non_null(paper);
  save_policy("free.safetensors", POL_KIND_STRATEGY, "strategy100", "heads-6-3-4", 100, 13, NULL);
  save_policy("pinned.safetensors", POL_KIND_STRATEGY, "strategy100", "heads-6-3-4", 100, 13,
              paper);
  paper->hash++;
  save_policy("old.safetensors", POL_KIND_STRATEGY, "strategy100", "heads-6-3-4", 100, 13, paper);
  save_policy("court.safetensors", POL_KIND_STRATEGY, "strategy100", "heads-8-6-9-4", 100, 27,
              NULL);
  pol_options_destroy(paper);
  test_write_file("junk.safetensors", "junk", 4);
  return 0;
}

// ---- team texts

static const char TEAM[] = "name: made\n"
                           "options: paper\n"
                           "strategy: bot\n"
                           "skills:\n"
                           "  goto: goto.safetensors\n"
                           "  serve: serve.safetensors\n"
                           "  serve_hover: goto.safetensors\n"
                           "  receive: ball.safetensors\n"
                           "  receive_hover: ./goto.safetensors\n"
                           "  pass: side.safetensors\n"
                           "  pass_hover: goto.safetensors\n"
                           "  set: ball.safetensors\n"
                           "  set_hover: goto.safetensors\n"
                           "  attack: side.safetensors\n"
                           "  attack_hover: goto.safetensors\n";

static PolTeam *load_text(const char *text, SimError *err) {
  test_write_file("made.yaml", text, strlen(text));
  return pol_team_load("made.yaml", err);
}

static PolTeam *load_changed(const char *find, const char *with) {
  char *text = test_exchange(TEAM, find, with);
  SimError err = {0};
  PolTeam *team = load_text(text, &err);
  assert_ok(err.status, &err);
  assert_non_null(team);
  free(text);
  return team;
}

static uint64_t hash_changed(const char *find, const char *with) {
  PolTeam *team = load_changed(find, with);
  const uint64_t hash = team->hash;
  pol_team_destroy(team);
  return hash;
}

// ---- teams that load

static void test_classical(void **state) {
  (void)state;
  SimError err = {0};
  PolTeam *team = pol_team_load("classical", &err);
  assert_ok(err.status, &err);
  assert_string_equal(team->name, "classical");
  assert_string_equal(team->options->name, "fast");
  assert_int_equal(team->strategies, 1);
  assert_int_equal(team->strategy[0].kind, POL_BOT);
  assert_string_equal(team->strategy[0].name, "bot");
  assert_near(team->weight[0], 1, 0);
  assert_non_null(team->classical);
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    assert_null(team->skill[slot]);
  }
  assert_false(team->sample_skills);
  assert_false(team->flat);
  PolTeam *again = pol_team_load("classical", NULL);
  assert_true(again->hash == team->hash && team->hash != 0);
  pol_team_destroy(again);
  pol_team_destroy(team);
}

static void test_learned_skills(void **state) {
  (void)state;
  SimError err = {0};
  PolTeam *team = load_text(TEAM, &err);
  assert_ok(err.status, &err);
  assert_null(team->classical);
  assert_string_equal(team->skill[POL_GOTO]->obs, "goto26");
  assert_string_equal(team->skill[POL_SERVE]->obs, "serve37");
  // the same file, however it is written, is the same object
  const PolSlot hovers[] = {POL_SERVE_HOVER, POL_RECEIVE_HOVER, POL_PASS_HOVER, POL_SET_HOVER,
                            POL_ATTACK_HOVER};
  for (size_t i = 0; i < sizeof hovers / sizeof hovers[0]; i++) {
    assert_ptr_equal(team->skill[hovers[i]], team->skill[POL_GOTO]);
  }
  assert_ptr_equal(team->skill[POL_RECEIVE], team->skill[POL_SET]);
  assert_ptr_equal(team->skill[POL_PASS], team->skill[POL_ATTACK]);
  assert_ptr_not_equal(team->skill[POL_PASS], team->skill[POL_SET]);
  pol_team_destroy(team);
  // mixed with model-based ones
  team = load_changed("  set: ball.safetensors", "  set: classical");
  assert_null(team->skill[POL_SET]);
  assert_non_null(team->skill[POL_RECEIVE]);
  assert_non_null(team->classical);
  pol_team_destroy(team);
}

static void test_strategies(void **state) {
  (void)state;
  PolTeam *team = load_changed("strategy: bot", "strategy: random");
  assert_int_equal(team->strategy[0].kind, POL_RANDOM);
  pol_team_destroy(team);
  team = load_changed("strategy: bot", "strategy: bot_plus");
  assert_int_equal(team->strategy[0].kind, POL_BOT_PLUS);
  pol_team_destroy(team);
  team = load_changed("strategy: bot", "strategy: rule:left:attack_right");
  assert_int_equal(team->strategy[0].kind, POL_RULE);
  assert_string_equal(team->strategy[0].name, "rule:left:attack_right");
  pol_team_destroy(team);
  team = load_changed("strategy: bot", "masked: false\nstrategy: pinned.safetensors");
  assert_true(team->strategy[0].unmasked);
  pol_team_destroy(team);
  team = load_changed("strategy: bot", "strategy: pinned.safetensors");
  assert_false(team->strategy[0].unmasked);
  assert_int_equal(team->strategy[0].kind, POL_STRATEGY_NET);
  assert_string_equal(team->strategy[0].name, "made strategy100");
  assert_string_equal(team->strategy[0].file->options, "paper");
  pol_team_destroy(team);
}

static void test_mixture(void **state) {
  (void)state;
  PolTeam *team = load_changed("strategy: bot", "strategy:\n"
                                                "  - {policy: bot, weight: 1}\n"
                                                "  - {policy: free.safetensors, weight: 2.5}\n"
                                                "  - {policy: random, weight: 0.5}\n"
                                                "  - {policy: free.safetensors, weight: 1}");
  assert_int_equal(team->strategies, 4);
  const double want[] = {0.2, 0.5, 0.1, 0.2};
  for (int i = 0; i < 4; i++) {
    assert_near(team->weight[i], want[i], 1e-15);
  }
  assert_int_equal(team->strategy[0].kind, POL_BOT);
  assert_int_equal(team->strategy[2].kind, POL_RANDOM);
  assert_ptr_equal(team->strategy[1].file, team->strategy[3].file);
  pol_team_destroy(team);
  // the list may stand anywhere, and a key called strategy deeper down does not mislead
  team = load_changed("name: made\n", "# strategy: [1]\nname: strategy\n");
  assert_int_equal(team->strategies, 1);
  pol_team_destroy(team);
}

static void test_sample_keys(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool strategy, skills;
  } cases[] = {
      {"", false, false},
      {"sample: true\n", true, true},
      {"sample: true\nsample_skills: false\n", true, false},
      {"sample: true\nsample_strategy: false\n", false, true},
      {"sample_strategy: true\n", true, false},
      {"sample: false\nsample_skills: true\n", false, true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char with[128];
    snprintf(with, sizeof with, "%sname: made\n", cases[i].text);
    PolTeam *team = load_changed("name: made\n", with);
    assert_int_equal(team->strategy[0].sample, cases[i].strategy);
    assert_int_equal(team->sample_skills, cases[i].skills);
    pol_team_destroy(team);
  }
}

static void test_flat(void **state) {
  (void)state;
  SimError err = {0};
  PolTeam *team = load_text("name: flat one\nflat: flat.safetensors\nsample: true\n", &err);
  assert_ok(err.status, &err);
  assert_true(team->flat);
  assert_int_equal(team->strategies, 1);
  assert_int_equal(team->strategy[0].kind, POL_STRATEGY_FLAT);
  assert_int_equal(team->strategy[0].file->kind, POL_KIND_FLAT);
  assert_true(team->strategy[0].sample);
  assert_non_null(team->options);
  const uint64_t hash = team->hash;
  pol_team_destroy(team);
  team = load_text("name: flat one\n"
                   "flat: [{policy: flat.safetensors, weight: 3},\n"
                   "       {policy: ./flat.safetensors, weight: 1}]\n",
                   &err);
  assert_ok(err.status, &err);
  assert_int_equal(team->strategies, 2);
  assert_true(team->strategy[0].file == team->strategy[1].file);
  assert_false(team->strategy[1].sample);
  assert_near(team->weight[0], 0.75, 1e-12);
  assert_near(team->weight[1], 0.25, 1e-12);
  assert_true(team->hash != hash);
  pol_team_destroy(team);
}

// a team elsewhere, with files and a table of its own next to it
static void test_paths(void **state) {
  (void)state;
  mkdir("run", 0777);
  mkdir("run/policies", 0777);
  save_skill("run/policies/hover.safetensors", "goto26", 26);
  char home_table[SIM_PATH_MAX];
  assert_int_equal(sim_path_join(home_table, sim_home(), "configs/options/paper.yaml", NULL),
                   SIM_OK);
  size_t size;
  char *table = test_read_file(home_table, &size);
  test_write_file("run/table.yaml", table, size);
  free(table);
  static const char text[] = "name: run\noptions: table.yaml\nstrategy: bot\nskills:\n"
                             "  goto: policies/hover.safetensors\n"
                             "  serve: classical\n  serve_hover: classical\n"
                             "  receive: classical\n  receive_hover: classical\n"
                             "  pass: classical\n  pass_hover: classical\n"
                             "  set: classical\n  set_hover: ../goto.safetensors\n"
                             "  attack: classical\n  attack_hover: classical\n";
  test_write_file("run/team.yaml", text, strlen(text));
  static const char *const names[] = {"run", "run/", "run/team.yaml", "./run"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    SimError err = {0};
    PolTeam *team = pol_team_load(names[i], &err);
    assert_ok(err.status, &err);
    assert_string_equal(team->name, "run");
    assert_ptr_not_equal(team->skill[POL_GOTO], team->skill[POL_SET_HOVER]);
    pol_team_destroy(team);
  }
}

// ---- the hash

static void test_hash_ignores_layout(void **state) {
  (void)state;
  const uint64_t hash = hash_changed("name: made", "name: made");
  assert_true(hash == hash_changed("name: made\n", "# comment\nname: 'made'\n\n"));
  assert_true(hash == hash_changed("strategy: bot", "strategy: [{policy: bot, weight: 3}]"));
  assert_true(hash == hash_changed("name: made\n", "sample: false\nname: made\n"));
  assert_true(hash == hash_changed("set_hover: goto", "set_hover: ././goto"));
}

// play does not open it, so it need not be there
static void test_critic(void **state) {
  (void)state;
  PolTeam *team = load_changed("skills:", "critic: nets/critic.safetensors\nskills:");
  PolTeam *without = load_changed("skills:", "skills:");
  assert_string_equal(team->critic, "./nets/critic.safetensors");
  assert_string_equal(without->critic, "");
  assert_true(team->hash == without->hash);
  pol_team_destroy(team);
  pol_team_destroy(without);
}

static void test_training(void **state) {
  (void)state;
  SimError err = {0};
  PolTeam *team = load_changed("skills:", "met: \"bot_plus stage1 x\"\nseeds: \"1 22\"\nskills:");
  PolTeam *without = load_changed("skills:", "skills:");
  assert_string_equal(team->seeds, "1 22");
  assert_true(pol_team_met(team, "bot_plus") && pol_team_met(team, "stage1"));
  assert_true(pol_team_met(team, "x"));
  // whole words only
  assert_false(pol_team_met(team, "bot") || pol_team_met(team, "stage11"));
  assert_false(pol_team_met(team, "stage1 x") || pol_team_met(team, ""));
  assert_false(pol_team_met(without, "bot_plus") || without->seeds[0]);
  assert_true(team->hash == without->hash);
  pol_team_destroy(team);
  pol_team_destroy(without);
  char *text = test_exchange(TEAM, "skills:", "seeds: \"1 two\"\nskills:");
  assert_null(load_text(text, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "key 'seeds': saw 1 two, wanted whole numbers");
  free(text);
}

static void test_hash_sees_meaning(void **state) {
  (void)state;
  save_skill("other.safetensors", "ball34", 34);
  static const char *const changes[][2] = {
      {"name: made", "name: made"},
      {"name: made", "name: remade"},
      {"strategy: bot", "strategy: random"},
      {"strategy: bot", "strategy: free.safetensors"},
      {"strategy: bot", "strategy: pinned.safetensors"},
      {"strategy: bot", "strategy: [{policy: bot, weight: 1}, {policy: random, weight: 1}]"},
      {"strategy: bot", "strategy: [{policy: bot, weight: 1}, {policy: random, weight: 2}]"},
      {"strategy: bot", "strategy: [{policy: random, weight: 1}, {policy: bot, weight: 2}]"},
      {"strategy: bot", "strategy: bot\nsample_skills: true"},
      {"strategy: bot", "strategy: bot\nsample_strategy: true"},
      {"strategy: bot", "strategy: bot\nsample: true"},
      {"set: ball.safetensors", "set: classical"},
      {"receive: ball.safetensors", "receive: classical"},
  };
  enum { N = sizeof changes / sizeof changes[0] };
  uint64_t seen[N];
  for (int i = 0; i < N; i++) {
    seen[i] = hash_changed(changes[i][0], changes[i][1]);
    for (int k = 0; k < i; k++) {
      assert_true(seen[k] != seen[i]);
    }
  }
}

// the same names over other bytes
static void test_hash_follows_files(void **state) {
  (void)state;
  const uint64_t before = hash_changed("strategy: bot", "strategy: free.safetensors");
  PolOptions *paper = pol_options_load("paper", NULL);
  assert_non_null(paper);
  save_policy("free.safetensors", POL_KIND_STRATEGY, "strategy100", "heads-6-3-4", 100, 13, paper);
  assert_true(before != hash_changed("strategy: bot", "strategy: free.safetensors"));
  save_policy("free.safetensors", POL_KIND_STRATEGY, "strategy100", "heads-6-3-4", 100, 13, NULL);
  assert_true(before == hash_changed("strategy: bot", "strategy: free.safetensors"));
  pol_options_destroy(paper);
}

// ---- broken teams

typedef struct Broken {
  const char *find, *with;  // what to exchange in TEAM
  const char *sentence;     // what follows "made.yaml"; the beginning when it ends in "..."
} Broken;

static const Broken BROKEN[] = {
    {"name: made\n", "", ":1:1: key 'name': saw no such key, wanted a text of 1 to 47 bytes"},
    {"name: made", "name:", ":1:6: key 'name': saw an empty value, wanted a text of 1 to 47 bytes"},
    {"name: made", "name: [made]", ":1:7: key 'name': saw a list, wanted a text of 1 to 47 bytes"},
    {"name: made", "name: abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
     ":1:7: key 'name': saw 'abcdefghijklmnopqrstuvwxyzabcdefghijklmn...', wanted a text of 1 to "
     "47 "
     "bytes"},
    {"name: made", "name: \"ma\\nde\"",
     ":1:7: key 'name': saw other characters or blanks around it, wanted printable ASCII"},
    {"name: made\n", "name: made\nname: made\n",
     ":2:1: key 'name': saw the key again after line 1, wanted it once"},
    {"options: paper\n", "", ":1:1: key 'options': saw no such key, wanted ..."},
    {"options: paper", "options: papper",
     ": key 'options': saw the option table 'papper', wanted one of ..."},
    {"options: paper", "options: none.yaml", ": key 'options': ./none.yaml: ..."},
    {"options: paper", "options: {a: 1}",
     ":2:10: key 'options': saw a mapping, wanted a text of 1 to 4095 bytes"},
    {"options: paper", "option: paper", ":2:1: key 'option': saw an unknown key, wanted 'options'"},
    {"strategy: bot\n", "", ":1:1: key 'strategy': saw no such key, wanted ..."},
    {"strategy: bot", "strategy: bott",
     ":3:11: key 'strategy': saw 'bott', wanted bot, bot_plus, bot_volley, wild, random, "
     "rule:WAIT:ATTACK, a "
     ".safetensors file, or a list of them (nearest: bot)"},
    {"strategy: bot", "strategy: rule:middel:attack_left",
     ":3:11: key 'strategy': saw 'rule:middel:attack_left', wanted rule:WAIT:ATTACK with a waiting "
     "place and an attack of the option table 'paper' (nearest: rule:middle:attack_left)"},
    {"strategy: bot", "strategy: {policy: bot}",
     ":3:11: key 'strategy': saw a mapping, wanted a text of 1 to 4095 bytes"},
    {"strategy: bot", "strategy: []",
     ":3:11: key 'strategy': saw 0 entries, wanted a list of 1 to 64 entries"},
    {"strategy: bot", "strategy: [bot]", ":3:12: key 'strategy[0]': saw 'bot', wanted a mapping"},
    {"strategy: bot", "strategy: [{policy: bot}]",
     ":3:12: key 'strategy[0].weight': saw no such key, wanted a finite number"},
    {"strategy: bot", "strategy: [{weight: 1}]",
     ":3:12: key 'strategy[0].policy': saw no such key, wanted a text of 1 to 4095 bytes"},
    {"strategy: bot", "strategy: [{policy: bot, weight: 0}]",
     ":3:34: key 'strategy[0].weight': saw 0, wanted a number above 0 and at most 1e6"},
    {"strategy: bot", "strategy: [{policy: bot, weight: 1}, {policy: bot, weight: -1}]",
     ":3:60: key 'strategy[1].weight': saw -1, wanted a number above 0 and at most 1e6"},
    {"strategy: bot", "strategy: [{policy: bot, weight: nan}]",
     ":3:34: key 'strategy[0].weight': saw 'nan', wanted a finite number"},
    {"strategy: bot", "strategy: [{policy: none.safetensors, weight: 1}]",
     ": key 'strategy[0].policy': ./none.safetensors: ..."},
    {"strategy: bot", "strategy: junk.safetensors", ": key 'strategy': ./junk.safetensors: ..."},
    {"strategy: bot", "strategy: goto.safetensors",
     ": key 'strategy': goto.safetensors: saw a skill policy, wanted a strategy"},
    {"strategy: bot", "strategy: court.safetensors",
     ": key 'strategy': court.safetensors: saw a strategy with act 'heads-8-6-9-4' and 27 outputs, "
     "wanted heads-6-3-4 of the option table 'paper'"},
    {"strategy: bot", "strategy: old.safetensors",
     ": key 'strategy': old.safetensors: saw a strategy for the option table 'paper' with hash "
     "..."},
    {"skills:\n", "skills: all\nsample:\n", ":4:9: key 'skills': saw 'all', wanted a mapping"},
    {"  set: ball.safetensors\n", "",
     ":5:3: key 'skills.set': saw no such key, wanted a text of 1 to 4095 bytes"},
    {"  set:", "  sett:", ":12:3: key 'skills.sett': saw an unknown key, wanted 'set'"},
    {"  set: ball.safetensors", "  set: clasical",
     ":12:8: key 'skills.set': saw 'clasical', wanted classical or a .safetensors file"},
    {"  set: ball.safetensors", "  set: [classical]",
     ":12:8: key 'skills.set': saw a list, wanted a text of 1 to 4095 bytes"},
    {"  set: ball.safetensors", "  set: none.safetensors",
     ": key 'skills.set': ./none.safetensors: ..."},
    {"  set: ball.safetensors", "  set: junk.safetensors",
     ": key 'skills.set': ./junk.safetensors: ..."},
    {"  set: ball.safetensors", "  set: free.safetensors",
     ": key 'skills.set': free.safetensors: saw a strategy policy, wanted a skill policy"},
    {"  set: ball.safetensors", "  set: flat.safetensors",
     ": key 'skills.set': flat.safetensors: saw a flat policy, wanted a skill policy"},
    {"  set: ball.safetensors", "  set: goto.safetensors",
     ": key 'skills.set': goto.safetensors: saw obs 'goto26', wanted ball34 or strike43 for the "
     "slot set"},
    {"  set: ball.safetensors", "  set: side.safetensors",
     ": key 'skills.set': side.safetensors: saw obs 'side36', wanted ball34 or strike43 for the "
     "slot set"},
    {"  goto: goto.safetensors", "  goto: ball.safetensors",
     ": key 'skills.goto': ball.safetensors: saw obs 'ball34', wanted goto26 or hover27 for the "
     "slot goto"},
    {"  attack: side.safetensors", "  attack: serve.safetensors",
     ": key 'skills.attack': serve.safetensors: saw obs 'serve37', wanted side36 or strike43 for "
     "the slot "
     "attack"},
    {"name: made\n", "name: made\nflat: flat.safetensors\n",
     ":6:3: key 'skills': saw it besides 'flat', wanted either flat or strategy and skills"},
    {"name: made\n", "name: made\nsample: 1\n",
     ":2:9: key 'sample': saw '1', wanted true or false"},
    {"name: made\n", "name: made\nsampel: true\n",
     ":2:1: key 'sampel': saw an unknown key, wanted 'sample'"},
};

static void check_sentence(const char *text, const char *sentence) {
  char want[512];
  snprintf(want, sizeof want, "made.yaml%s", sentence);
  SimError err = {0};
  PolTeam *team = load_text(text, &err);
  assert_null(team);
  const size_t length = strlen(want);
  if (strcmp(want + length - 3, "...") == 0) {
    want[length - 3] = '\0';
    if (strncmp(err.text, want, length - 3) != 0) {
      assert_string_equal(err.text, want);
    }
  } else {
    assert_string_equal(err.text, want);
  }
  assert_int_equal(err.status, SIM_BAD_INPUT);
  assert_null(strchr(err.text, '\n'));
}

static void test_broken(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof BROKEN / sizeof BROKEN[0]; i++) {
    char *text = test_exchange(TEAM, BROKEN[i].find, BROKEN[i].with);
    check_sentence(text, BROKEN[i].sentence);
    free(text);
  }
}

static void test_missing_skills(void **state) {
  (void)state;
  check_sentence("name: a\noptions: paper\nstrategy: bot\n",
                 ":1:1: key 'skills': saw no such key, wanted the eleven slots");
}

static void test_broken_flat(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"name: a\nflat: none.safetensors\n", ": key 'flat': ./none.safetensors: ..."},
      {"name: a\nflat: bot\n", ":2:7: key 'flat': saw 'bot', wanted a .safetensors file"},
      {"name: a\nflat: goto.safetensors\n",
       ": key 'flat': goto.safetensors: saw a skill policy, wanted a flat policy"},
      {"name: a\nflat: blind.safetensors\n",
       ": key 'flat': blind.safetensors: saw obs 'goto26' with 26 inputs, wanted flat57 with 57"},
      {"name: a\nflat: [{policy: flat.safetensors, weight: 0}]\n",
       ":2:43: key 'flat[0].weight': saw 0, wanted a number above 0 and at most 1e6"},
      {"name: a\nflat: [{policy: bot, weight: 1}]\n",
       ":2:17: key 'flat[0].policy': saw 'bot', wanted a .safetensors file"},
      {"name: a\nflat: flat.safetensors\nstrategy: bot\n",
       ":3:11: key 'strategy': saw it besides 'flat', wanted either flat or strategy and skills"},
      {"name: a\nflat: flat.safetensors\nstrategy: [{policy: bot, weight: 1}]\n",
       ":3:11: key 'strategy': saw it besides 'flat', wanted either flat or strategy and skills"},
      {"name: a\nflat: flat.safetensors\noptions: none\n",
       ": key 'options': saw the option table 'none', wanted one of ..."},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    check_sentence(cases[i][0], cases[i][1]);
  }
}

static void test_broken_files(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",         "- a\n",    "name: [\n",   "name: a\n---\nname: b\n",
      "\xff\xfe", "strategy", "strategy: [", "? [a]\n: b\n"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    SimError err = {0};
    assert_null(load_text(texts[i], &err));
    assert_int_equal(err.status, SIM_BAD_INPUT);
    assert_true(strncmp(err.text, "made.yaml:", 10) == 0);
  }
  // a broken table is blamed where it is broken, behind the key that named it
  test_write_file("table.yaml", "name: x\n", 8);
  char *text = test_exchange(TEAM, "options: paper", "options: table.yaml");
  check_sentence(text, ": key 'options': ./table.yaml:1:1: key 'passer': saw no such key, ...");
  free(text);
}

static void test_unknown_teams(void **state) {
  (void)state;
  SimError err = {0};
  assert_null(pol_team_load("clasical", &err));
  assert_refused(err.status, SIM_USAGE, &err, "saw the team 'clasical', wanted one of ");
  assert_refused(err.status, SIM_USAGE, &err, "a path ending in .yaml, or a run folder");
  assert_refused(err.status, SIM_USAGE, &err, "(nearest: classical)");
  assert_null(pol_team_load("", &err));
  assert_int_equal(err.status, SIM_USAGE);
  assert_null(pol_team_load("../teams/classical", &err));
  assert_int_equal(err.status, SIM_USAGE);
  assert_null(pol_team_load("nowhere.yaml", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "nowhere.yaml");
  mkdir("empty", 0777);
  assert_null(pol_team_load("empty", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "empty/team.yaml");
  mkdir("folder.yaml", 0777);
  assert_null(pol_team_load("folder.yaml", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "folder.yaml");
  // without a place to put the sentence
  assert_null(pol_team_load("nowhere.yaml", NULL));
  test_write_file("made.yaml", "name: a\nflat: none.safetensors\n", 31);
  assert_null(pol_team_load("made.yaml", NULL));
}

static void test_list(void **state) {
  (void)state;
  char names[16][POL_NAME_MAX];
  const int n = pol_team_list(names, 16);
  bool found = false;
  for (int i = 0; i < n; i++) {
    found |= strcmp(names[i], "classical") == 0;
  }
  assert_true(found);
  // every shipped team loads
  for (int i = 0; i < n; i++) {
    SimError err = {0};
    PolTeam *team = pol_team_load(names[i], &err);
    assert_ok(err.status, &err);
    pol_team_destroy(team);
  }
  pol_team_destroy(NULL);
}

// every slot takes its published layout and no other
static void test_slot_layouts(void **state) {
  (void)state;
  static const char *const layouts[] = {"goto26", "ball34", "side36", "serve37", "strategy100"};
  static const int sizes[] = {26, 34, 36, 37, 100};
  static const int fits[POL_SLOTS] = {0, 3, 0, 1, 0, 2, 0, 1, 0, 2, 0};
  for (int layout = 0; layout < 5; layout++) {
    PolNet net = {.arch = {.inputs = sizes[layout], .outputs = 4}};
    PolFile file = {.kind = POL_KIND_SKILL, .act = "rotor4", .every = 1, .dt = 0.01, .net = &net};
    snprintf(file.obs, sizeof file.obs, "%s", layouts[layout]);
    for (int slot = 0; slot < POL_SLOTS; slot++) {
      const SimStatus status = pol_team_check_skill(&file, (PolSlot)slot, NULL);
      assert_int_equal(status, fits[slot] == layout ? SIM_OK : SIM_BAD_INPUT);
    }
    net.arch.inputs++;
    for (int slot = 0; slot < POL_SLOTS; slot++) {
      assert_int_equal(pol_team_check_skill(&file, (PolSlot)slot, NULL), SIM_BAD_INPUT);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_classical),
      cmocka_unit_test(test_learned_skills),
      cmocka_unit_test(test_strategies),
      cmocka_unit_test(test_mixture),
      cmocka_unit_test(test_sample_keys),
      cmocka_unit_test(test_flat),
      cmocka_unit_test(test_paths),
      cmocka_unit_test(test_hash_ignores_layout),
      cmocka_unit_test(test_critic),
      cmocka_unit_test(test_training),
      cmocka_unit_test(test_hash_sees_meaning),
      cmocka_unit_test(test_hash_follows_files),
      cmocka_unit_test(test_broken),
      cmocka_unit_test(test_missing_skills),
      cmocka_unit_test(test_broken_flat),
      cmocka_unit_test(test_broken_files),
      cmocka_unit_test(test_unknown_teams),
      cmocka_unit_test(test_list),
      cmocka_unit_test(test_slot_layouts),
  };
  return cmocka_run_group_tests(tests, make_files, NULL);
}
