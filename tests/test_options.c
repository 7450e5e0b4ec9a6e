// Option tables: the shipped one holds the paper's numbers, its hash follows the meaning alone, a
// larger table fits the same schema, and each broken one is refused with one exact sentence.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/options.h"

// the smallest table; the broken ones below are this one with one piece exchanged
static const char TABLE[] =
    "name: tiny\n"
    "passer:\n"
    "  - {name: middle, skill: goto, point: [4.5, 0, 1.5]}\n"
    "  - {name: pass, skill: pass, point: [1.5, -1.5, 2.2], apex: 3.5, strike_z: 2.1, side: left}\n"
    "  - {name: hover, skill: pass_hover, point: [4.5, 0, 1.5]}\n"
    "setter:\n"
    "  - {name: base, skill: goto, point: [2, -2, 1.8]}\n"
    "  - {name: set, skill: set, point: [1.5, 1.5, 3.6], apex: 4.5, strike_z: 2.3}\n"
    "attacker:\n"
    "  - {name: left, skill: attack, point: [-5, -2, 0.2], flight: 1.3, strike_z: 3.6}\n"
    "serve:\n"
    "  - {name: drawn, skill: serve, point: [-5.5, 0, 0.2], apex: 4, strike_z: 2.4, drawn: true}\n"
    "forced:\n"
    "  serve_hover: {point: [4.5, 0, 1.5]}\n"
    "  receive_wait: {point: [4, 0, 1]}\n"
    "  receive: {point: [1.5, -1.5, 2.2], apex: 3.5, strike_z: 2.1}\n"
    "  receive_hover: {point: [4.5, 0, 1.5]}\n";

static PolOptions *load_text(const char *text, SimError *err) {
  test_write_file("table.yaml", text, strlen(text));
  return pol_options_load("table.yaml", err);
}

static uint64_t hash_of(const char *text) {
  SimError err = {0};
  PolOptions *options = load_text(text, &err);
  assert_ok(err.status, &err);
  assert_non_null(options);
  const uint64_t hash = options->hash;
  pol_options_destroy(options);
  return hash;
}

// ---- the shipped table

static void check_option(const PolOptions *options, PolHead head, int i, const char *name,
                         PolSlot slot, const double point[3]) {
  const PolOption *option = &options->option[head][i];
  assert_string_equal(option->name, name);
  assert_int_equal(option->slot, slot);
  for (int k = 0; k < 3; k++) {
    assert_near(option->goal.point[k], point[k], 0);
  }
}

#define POINT(x, y, z) ((const double[3]){(x), (y), (z)})

static void test_paper(void **state) {
  (void)state;
  SimError err = {0};
  PolOptions *paper = pol_options_load("paper", &err);
  assert_ok(err.status, &err);
  assert_string_equal(paper->name, "paper");
  const int n[] = {6, 3, 4, 1};
  assert_memory_equal(paper->n, n, sizeof n);
  check_option(paper, POL_HEAD_PASSER, 0, "left", POL_GOTO, POINT(4.5, -1.5, 1));
  check_option(paper, POL_HEAD_PASSER, 1, "middle", POL_GOTO, POINT(4.5, 0, 1.5));
  check_option(paper, POL_HEAD_PASSER, 2, "right", POL_GOTO, POINT(4.5, 1.5, 1));
  check_option(paper, POL_HEAD_PASSER, 3, "pass left", POL_PASS, POINT(1.5, -1.5, 2.2));
  check_option(paper, POL_HEAD_PASSER, 4, "pass right", POL_PASS, POINT(1.5, -1.5, 2.2));
  check_option(paper, POL_HEAD_PASSER, 5, "hover", POL_PASS_HOVER, POINT(4.5, 0, 1.5));
  check_option(paper, POL_HEAD_SETTER, 0, "base", POL_GOTO, POINT(2, -2, 1.8));
  check_option(paper, POL_HEAD_SETTER, 1, "set", POL_SET, POINT(1.5, 1.5, 3.6));
  check_option(paper, POL_HEAD_SETTER, 2, "hover", POL_SET_HOVER, POINT(2, -2, 1));
  check_option(paper, POL_HEAD_ATTACKER, 0, "base", POL_GOTO, POINT(2, 1.5, 2.5));
  check_option(paper, POL_HEAD_ATTACKER, 1, "attack left", POL_ATTACK, POINT(-5, -2, 0.2));
  check_option(paper, POL_HEAD_ATTACKER, 2, "attack right", POL_ATTACK, POINT(-5, 2, 0.2));
  check_option(paper, POL_HEAD_ATTACKER, 3, "hover", POL_ATTACK_HOVER, POINT(2, 0, 2.5));
  check_option(paper, POL_HEAD_SERVE, 0, "drawn", POL_SERVE, POINT(-5.5, 0, 0.2));
  assert_true(paper->option[POL_HEAD_SERVE][0].drawn);
  pol_options_destroy(paper);
}

static void check_strike(const SimGoal *goal, double flight, double apex, double strike_z) {
  const double seen[3] = {goal->flight, goal->apex, goal->strike_z};
  const double want[3] = {flight, apex, strike_z};
  for (int k = 0; k < 3; k++) {
    if (isnan(want[k])) {
      assert_true(isnan(seen[k]));
    } else {
      assert_near(seen[k], want[k], 0);
    }
  }
}

static void test_paper_strikes(void **state) {
  (void)state;
  const double none = (double)NAN;
  PolOptions *paper = pol_options_load("paper", NULL);
  assert_non_null(paper);
  const PolOption *passer = paper->option[POL_HEAD_PASSER];
  const PolOption *attacker = paper->option[POL_HEAD_ATTACKER];
  check_strike(&passer[0].goal, none, none, none);
  check_strike(&passer[3].goal, none, 3.5, 1.6);
  check_strike(&paper->option[POL_HEAD_SETTER][1].goal, none, 4.5, 2.3);
  check_strike(&attacker[2].goal, 1.3, none, 3.6);
  check_strike(&paper->option[POL_HEAD_SERVE][0].goal, none, 4.0, 2.4);
  check_strike(&paper->receive.goal, none, 3.5, 1.4);
  // side bits of the published layouts: left (0,1), right (1,0)
  assert_true(!passer[3].goal.side[0] && passer[3].goal.side[1]);
  assert_true(passer[4].goal.side[0] && !passer[4].goal.side[1]);
  assert_true(!attacker[1].goal.side[0] && attacker[1].goal.side[1]);
  assert_true(attacker[2].goal.side[0] && !attacker[2].goal.side[1]);
  assert_true(!attacker[0].goal.side[0] && !attacker[0].goal.side[1]);
  assert_int_equal(paper->serve_hover.slot, POL_SERVE_HOVER);
  assert_int_equal(paper->receive_wait.slot, POL_GOTO);
  assert_int_equal(paper->receive.slot, POL_RECEIVE);
  assert_int_equal(paper->receive_hover.slot, POL_RECEIVE_HOVER);
  assert_near(paper->receive_wait.goal.point[0], 4, 0);
  assert_near(paper->receive_wait.goal.point[2], 1, 0);
  pol_options_destroy(paper);
}

static void test_find_and_list(void **state) {
  (void)state;
  PolOptions *paper = pol_options_load("paper", NULL);
  assert_non_null(paper);
  assert_int_equal(pol_options_find(paper, POL_HEAD_PASSER, "hover"), 5);
  assert_int_equal(pol_options_find(paper, POL_HEAD_ATTACKER, "attack right"), 2);
  assert_int_equal(pol_options_find(paper, POL_HEAD_SETTER, "middle"), -1);
  pol_options_destroy(paper);
  char names[8][POL_NAME_MAX];
  const int n = pol_options_list(names, 8);
  bool found = false;
  for (int i = 0; i < n; i++) {
    found |= strcmp(names[i], "paper") == 0;
    assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
  }
  assert_true(found);
}

// ---- the hash

static void test_hash_ignores_layout(void **state) {
  (void)state;
  static const char *const same[][2] = {
      {"name: tiny\n", "# a comment\nname: tiny  # another\n\n"},
      {"[4.5, 0, 1.5]}", "[4.50, -0.0, 15e-1]}"},
      {"{name: middle, skill: goto, point: [4.5, 0, 1.5]}",
       "point: [4.5, 0, 1.5]\n    skill: goto\n    name: middle"},
      {"drawn: true", "drawn: yes"},
  };
  const uint64_t hash = hash_of(TABLE);
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
    char *text = test_exchange(TABLE, same[i][0], same[i][1]);
    assert_true(hash_of(text) == hash);
    free(text);
  }
}

static void test_hash_sees_meaning(void **state) {
  (void)state;
  static const char *const other[][2] = {
      {"name: tiny", "name: tinier"},
      {"name: middle", "name: centre"},
      {"[4.5, 0, 1.5]", "[4.5, 0, 1.501]"},
      {"[4.5, 0, 1.5]", "[4.5, 0.001, 1.5]"},
      {"skill: pass_hover", "skill: receive_hover"},
      {"side: left", "side: right"},
      {", side: left", ""},
      {"apex: 3.5", "flight: 3.5"},
      {"apex: 4.5", "apex: 4.6"},
      {"strike_z: 2.1", "strike_z: 2.0"},
      {", drawn: true", ""},
      {"flight: 1.3", "flight: 1.09"},
      {"flight: 1.3", "flight: calibrated"},
      {"strike_z: 2.1, side", "strike_z: auto, side"},
      {"name: tiny\n", "name: tiny\nspread: option\n"},
      {"serve_hover: {point: [4.5, 0, 1.5]}", "serve_hover: {point: [4.5, 0, 1.6]}"},
      {"receive_wait: {point: [4, 0, 1]}", "receive_wait: {point: [4, 1, 1]}"},
      {"receive: {point: [1.5, -1.5", "receive: {point: [1.5, -1.4"},
      {"receive_hover: {point: [4.5", "receive_hover: {point: [4.4"},
  };
  enum { N = sizeof other / sizeof other[0] };
  uint64_t seen[N + 1] = {hash_of(TABLE)};
  for (size_t i = 0; i < N; i++) {
    char *text = test_exchange(TABLE, other[i][0], other[i][1]);
    seen[i + 1] = hash_of(text);
    free(text);
    for (size_t k = 0; k <= i; k++) {
      assert_true(seen[k] != seen[i + 1]);
    }
  }
}

// ---- larger tables

// waiting places, spread formation, timed attacks, dumps, serves to places
static void test_large_table(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"setter:\n", "  - {name: wait short left, skill: goto, point: [3.2, -1.2, 1.6]}\n"
                    "setter:\n"
                    "  - {name: spread, skill: goto, point: [1.1, -2.8, 1.8]}\n"
                    "  - {name: dump deep left, skill: set, point: [-5, -2.2, 0.2], flight: 1.2, "
                    "strike_z: 2.3}\n"
                    "  - {name: hover, skill: set_hover, point: [2, -2, 1]}\n"},
      {"serve:\n", "  - {name: spread, skill: goto, point: [1.1, 2.6, 2.5]}\n"
                   "  - {name: short left, skill: attack, point: [-3.2, -2.3, 0.2], flight: 1.09, "
                   "strike_z: 3.6}\n"
                   "  - {name: hover, skill: attack_hover, point: [2, 0, 2.5]}\n"
                   "serve:\n"
                   "  - {name: corner left, skill: serve, point: [-5.5, -2.5, 0.2], flight: 1.45, "
                   "strike_z: 2.4}\n"},
  };
  char *first = test_exchange(TABLE, rows[0][0], rows[0][1]);
  char *text = test_exchange(first, rows[1][0], rows[1][1]);
  SimError err = {0};
  PolOptions *options = load_text(text, &err);
  assert_ok(err.status, &err);
  const int n[] = {4, 5, 4, 2};
  assert_memory_equal(options->n, n, sizeof n);
  const PolOption *dump = &options->option[POL_HEAD_SETTER][1];
  assert_int_equal(dump->slot, POL_SET);
  assert_near(dump->goal.flight, 1.2, 0);
  const PolOption *corner = &options->option[POL_HEAD_SERVE][0];
  assert_false(corner->drawn);
  assert_near(corner->goal.flight, 1.45, 0);
  pol_options_destroy(options);
  free(text);
  free(first);
}

// ---- broken tables

typedef struct Broken {
  const char *find, *with;  // what to exchange in TABLE
  const char *sentence;     // the whole sentence behind "table.yaml"
} Broken;

static const Broken BROKEN[] = {
    {"name: tiny", "name: ''",
     ":1:7: key 'name': saw an empty value, wanted a text of 1 to 47 bytes"},
    {"name: tiny", "name: \"a\\tb\"",
     ":1:7: key 'name': saw other characters or blanks around it, wanted printable ASCII"},
    {"name: tiny\n", "", ":1:1: key 'name': saw no such key, wanted a text of 1 to 47 bytes"},
    {"name: tiny\n", "name: tiny\nname: tiny\n",
     ":2:1: key 'name': saw the key again after line 1, wanted it once"},
    {"name: tiny", "nam: tiny", ":1:1: key 'nam': saw an unknown key, wanted 'name'"},
    {"skill: goto", "skill: gotoo",
     ":3:27: key 'passer[0].skill': saw 'gotoo', wanted one of goto, serve, serve_hover, receive, "
     "receive_hover, pass, pass_hover, set, set_hover, attack, attack_hover (nearest: goto)"},
    {"skill: goto", "skill: 0",
     ":3:27: key 'passer[0].skill': saw '0', wanted one of goto, serve, serve_hover, receive, "
     "receive_hover, pass, pass_hover, set, set_hover, attack, attack_hover"},
    {"point: [4.5, 0, 1.5]", "point: [4.5, 0]",
     ":3:40: key 'passer[0].point': saw 2 entries, wanted a list of exactly 3 entries"},
    {"point: [4.5, 0, 1.5]", "point: [4.5, 0, 1.5, 1]",
     ":3:54: key 'passer[0].point': saw entry 4, wanted a list of exactly 3 entries"},
    {"point: [4.5, 0, 1.5]", "point: 4.5",
     ":3:40: key 'passer[0].point': saw '4.5', wanted a list of exactly 3 entries"},
    {"point: [4.5, 0, 1.5]", "point: [.nan, 0, 1.5]",
     ":3:41: key 'passer[0].point[0]': saw '.nan', wanted a finite number"},
    {"point: [4.5, 0, 1.5]", "point: [4.5, 0, inf]",
     ":3:49: key 'passer[0].point[2]': saw 'inf', wanted a finite number"},
    {"point: [4.5, 0, 1.5]", "point: [0.1, 0, 1.5]",
     ":3:41: key 'passer[0].point[0]': saw 0.1, wanted a number from 0.5 to 10"},
    {"point: [4.5, 0, 1.5]", "point: [4.5, -7, 1.5]",
     ":3:46: key 'passer[0].point[1]': saw -7, wanted a number from -5 to 5"},
    {"point: [4.5, 0, 1.5]", "point: [4.5, 0, 0.2]",
     ":3:49: key 'passer[0].point[2]': saw 0.2, wanted a number from 0.5 to 6"},
    {"1.5]}", "1.5], apex: 3}",
     ":3:61: key 'passer[0].apex': saw it with the skill goto, wanted it only with a skill that "
     "strikes the ball"},
    {"1.5]}", "1.5], strike_z: 3}",
     ":3:65: key 'passer[0].strike_z': saw it with the skill goto, wanted it only with a skill "
     "that "
     "strikes the ball"},
    {"1.5]}", "1.5], side: left}",
     ":3:61: key 'passer[0].side': saw it with the skill goto, wanted it only with pass and "
     "attack"},
    {"1.5]}", "1.5], drawn: true}",
     ":3:62: key 'passer[0].drawn': saw it with the skill goto, wanted it only with serve"},
    {", side: left", ", side: middle",
     ":4:88: key 'passer[1].side': saw 'middle', wanted one of left, right"},
    {", strike_z: 2.1, side", ", side",
     ":4:5: key 'passer[1].strike_z': saw no such key, wanted the height of the strike"},
    {"apex: 3.5, strike_z: 2.1, side", "strike_z: 2.1, side",
     ":4:5: key 'passer[1]': saw neither flight nor apex, wanted one of them"},
    {"apex: 3.5, strike_z: 2.1, side", "apex: 3.5, flight: 1, strike_z: 2.1, side",
     ":4:5: key 'passer[1]': saw both flight and apex, wanted one of them"},
    {"apex: 3.5, strike_z: 2.1, side", "apex: 2.0, strike_z: 2.1, side",
     ":4:62: key 'passer[1].apex': saw 2, wanted more than 2.2, the higher of strike_z and point"},
    {"apex: 3.5, strike_z: 2.1, side", "apex: 35, strike_z: 2.1, side",
     ":4:62: key 'passer[1].apex': saw 35, wanted a number from 0.5 to 12"},
    {"apex: 3.5, strike_z: 2.1, side", "apex: 3.5, strike_z: 0.1, side",
     ":4:77: key 'passer[1].strike_z': saw 0.1, wanted a number from 0.5 to 6"},
    {"flight: 1.3", "flight: 0",
     ":10:63: key 'attacker[0].flight': saw 0, wanted a number from 0.2 to 4"},
    {"point: [-5, -2, 0.2]", "point: [-8, -2, 0.2]",
     ":10:41: key 'attacker[0].point[0]': saw -8, wanted a number from -7 to 7"},
    {"name: hover", "name: middle",
     ":5:12: key 'passer[2].name': saw 'middle' again, wanted a name once per head"},
    {"skill: serve", "skill: pass", ":12:26: key 'serve[0].skill': saw pass, wanted serve"},
    {"skill: set,", "skill: serve,",
     ":8:24: key 'setter[1].skill': saw serve, wanted serve only below the key 'serve'"},
    {"flight: 1.3", "flight: calibratd",
     ":10:63: key 'attacker[0].flight': saw 'calibratd', wanted a finite number or calibrated"},
    {"flight: 1.3", "flight: .inf",
     ":10:63: key 'attacker[0].flight': saw '.inf', wanted a finite number or calibrated"},
    {"strike_z: 3.6", "strike_z: auto",
     ":10:78: key 'attacker[0].strike_z': saw 'auto', wanted a finite number"},
    {"apex: 4.5, strike_z", "flight: calibrated, strike_z",
     ":8:61: key 'setter[1].flight': saw 'calibrated', wanted a finite number"},
    {"name: tiny\n", "name: tiny\nspread: rul\n",
     ":2:9: key 'spread': saw 'rul', wanted one of rule, option (nearest: rule)"},
    {"drawn: true", "drawn: maybe",
     ":12:87: key 'serve[0].drawn': saw 'maybe', wanted true or false"},
    {"serve:\n", "serve: []\nserver:\n",
     ":11:8: key 'serve': saw 0 entries, wanted a list of 1 to 32 entries"},
    {"  receive_wait: {point: [4, 0, 1]}\n", "",
     ":14:3: key 'forced.receive_wait': saw no such key, wanted a mapping"},
    {"receive: {point: [1.5, -1.5, 2.2], apex: 3.5", "receive: {point: [1.5, -1.5, 2.2], apex: 1",
     ":16:44: key 'forced.receive.apex': saw 1, wanted more than 2.2, the higher of strike_z and "
     "point"},
    {"receive_wait: {point", "receive_wait: {skill: goto, point",
     ":15:18: key 'forced.receive_wait.skill': saw an unknown key, wanted one of point, flight, "
     "apex, strike_z"},
    {"name: middle,", "name: &a middle,",
     ":3:12: key 'passer[0].name': saw an anchor, wanted a value without anchors or aliases"},
    {"forced:\n", "forced: [1, 2]\nx:\n", ":13:9: key 'forced': saw a list, wanted a mapping"},
};

static void test_broken(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof BROKEN / sizeof BROKEN[0]; i++) {
    char *text = test_exchange(TABLE, BROKEN[i].find, BROKEN[i].with);
    char want[512];
    snprintf(want, sizeof want, "table.yaml%s", BROKEN[i].sentence);
    SimError err = {0};
    PolOptions *options = load_text(text, &err);
    assert_null(options);
    assert_string_equal(err.text, want);
    assert_int_equal(err.status, SIM_BAD_INPUT);
    free(text);
  }
}

static void test_broken_files(void **state) {
  (void)state;
  static const char *const texts[] = {"", "[1, 2]", "just a word", "name: [", "\xff\xfe\x00x"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    SimError err = {0};
    assert_null(load_text(texts[i], &err));
    assert_int_equal(err.status, SIM_BAD_INPUT);
    assert_true(strncmp(err.text, "table.yaml:", 11) == 0);
  }
  SimError err = {0};
  assert_null(pol_options_load("nowhere.yaml", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "nowhere.yaml");
  assert_null(pol_options_load("papper", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "saw the option table 'papper', wanted one of ");
  assert_refused(err.status, SIM_BAD_INPUT, &err, "(nearest: paper)");
  assert_null(pol_options_load("../paper", &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "saw the option table '../paper'");
  assert_null(pol_options_load("", &err));
  assert_int_equal(err.status, SIM_BAD_INPUT);
  // without a place to put the sentence
  assert_null(pol_options_load("nowhere.yaml", NULL));
}

// every head may be as long as the bits of a mask, and no longer
static void test_longest_head(void **state) {
  (void)state;
  for (int n = POL_OPTIONS_MAX - 1; n <= POL_OPTIONS_MAX; n++) {
    char rows[4096] = "passer:\n";
    for (int i = 0; i < n; i++) {
      const size_t used = strlen(rows);
      snprintf(rows + used, sizeof rows - used, "  - {name: w%d, skill: goto, point: [4, 0, 1]}\n",
               i);
    }
    char *text = test_exchange(TABLE, "passer:\n", rows);
    SimError err = {0};
    PolOptions *options = load_text(text, &err);
    // three more follow in the table
    assert_null(options);
    assert_refused(err.status, SIM_BAD_INPUT, &err,
                   "key 'passer': saw entry 33, wanted a list of "
                   "1 to 32 entries");
    free(text);
  }
  char rows[4096] = "passer:\n";
  for (int i = 0; i < POL_OPTIONS_MAX - 3; i++) {
    const size_t used = strlen(rows);
    snprintf(rows + used, sizeof rows - used, "  - {name: w%d, skill: goto, point: [4, 0, 1]}\n",
             i);
  }
  char *text = test_exchange(TABLE, "passer:\n", rows);
  PolOptions *options = load_text(text, NULL);
  assert_non_null(options);
  assert_int_equal(options->n[POL_HEAD_PASSER], POL_OPTIONS_MAX);
  pol_options_destroy(options);
  free(text);
}

static void test_slots(void **state) {
  (void)state;
  int strikes = 0;
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    assert_int_equal(pol_slot_find(pol_slot_name((PolSlot)slot)), slot);
    strikes += pol_slot_strikes((PolSlot)slot);
  }
  assert_int_equal(strikes, 5);
  assert_false(pol_slot_strikes(POL_GOTO));
  assert_string_equal(pol_slot_name(POL_ATTACK_HOVER), "attack_hover");
  assert_null(pol_slot_name(POL_SLOTS));
  assert_int_equal(pol_slot_find("hover"), -1);
  assert_int_equal(pol_slot_find(""), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_paper),
      cmocka_unit_test(test_paper_strikes),
      cmocka_unit_test(test_find_and_list),
      cmocka_unit_test(test_hash_ignores_layout),
      cmocka_unit_test(test_hash_sees_meaning),
      cmocka_unit_test(test_large_table),
      cmocka_unit_test(test_broken),
      cmocka_unit_test(test_broken_files),
      cmocka_unit_test(test_longest_head),
      cmocka_unit_test(test_slots),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
