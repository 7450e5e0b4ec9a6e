// Networks and teams over the table `court`: what a strategy is pinned to, what a learner is told
// of its decisions, matches as bytes, calibrated flight times.
#include "tests/support/rally_script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/dig.h"
#include "policies/play.h"
#include "policies/shipped.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "sim/vec.h"
#include "tests/support/court_table.h"

static const PolOptions *court;

static int set_up(void **state) {
  (void)state;
  court = pol_options_load("court", NULL);
  return court ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  pol_options_destroy((PolOptions *)(uintptr_t)court);
  return 0;
}

// ---- networks over the table

// random weights; the caller frees the network
static PolFile make_file(uint32_t number) {
  const PolArch arch = {
      .inputs = POL_COURT_SIZE, .outputs = 27, .layers = 1, .hidden = {32}, .activation = POL_TANH};
  SimError err = {0};
  PolFile file = {.kind = POL_KIND_STRATEGY,
                  .name = "made",
                  .obs = "court128",
                  .act = "heads-8-6-9-4",
                  .every = 1,
                  .dt = SIM_DT,
                  .options = "court",
                  .options_hash = court->hash};
  file.net = pol_net_create(&arch, false, &err);
  assert_non_null(file.net);
  SimRng rng = sim_rng(2, number, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, file.net->weight[0], 32 * POL_COURT_SIZE);
  sim_rng_normals(&rng, file.net->head_weight, 27 * 32);
  return file;
}

static void refuse_file(const PolFile *file, const char *part) {
  SimError err = {0};
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = (PolFile *)(uintptr_t)file};
  assert_refused(pol_strategy_check(&strategy, court, &err), SIM_BAD_INPUT, &err, part);
}

static void test_pins(void **unused) {
  (void)unused;
  PolFile file = make_file(0);
  SimError err = {0};
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = &file};
  assert_ok(pol_strategy_check(&strategy, court, &err), &err);
  assert_int_equal(pol_strategy_layout(court), SIM_OBS_COURT128);
  file.options_hash++;
  refuse_file(&file, "saw a strategy for the option table 'court' with hash ");
  file.options_hash--;
  file.calibration_hash = 5;
  refuse_file(&file, "saw a strategy learnt with the calibration 0000000000000005 of the flight "
                     "times, wanted one with the default times as for the team's skills");
  PolOptions *other = malloc(sizeof *other);
  assert_non_null(other);
  *other = *court;
  pol_options_set_flight(other, 1.1, 5);
  assert_ok(pol_strategy_check(&strategy, other, &err), &err);
  other->calibration_hash = 6;
  assert_refused(pol_strategy_check(&strategy, other, &err), SIM_BAD_INPUT, &err,
                 "wanted 0000000000000006 as for the team's skills");
  free(other);
  // the pin stays with the file
  assert_ok(pol_file_save("pinned.safetensors", &file, &err), &err);
  PolFile *read = pol_file_load("pinned.safetensors", &err);
  assert_non_null(read);
  assert_true(read->calibration_hash == 5 && read->options_hash == court->hash);
  pol_file_destroy(read);
  pol_net_destroy(file.net);
}

static SimModel *make_model(void) {
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, &err);
  if (!model) {
    fail_msg("%s", err.text);
  }
  return model;
}

static const char TEAM[] = "name: made\noptions: court\nstrategy: bot_plus\nskills:\n"
                           "  goto: classical\n  serve: classical\n  serve_hover: classical\n"
                           "  receive: classical\n  receive_hover: classical\n"
                           "  pass: classical\n  pass_hover: classical\n"
                           "  set: classical\n  set_hover: classical\n"
                           "  attack: classical\n  attack_hover: classical\n";

static PolTeam *load_team(const char *text, SimError *err) {
  return pol_team_parse("made.yaml", text, strlen(text), err);
}

typedef struct Played {
  SimModel *model;
  PolTeam *team;
  PolPlay *play;
} Played;

static void open_play(Played *p, int matches, int decide_every) {
  SimError err = {0};
  p->model = make_model();
  p->team = load_team(TEAM, &err);
  assert_ok(err.status, &err);
  const PolPlayOptions options = {.matches = matches,
                                  .threads = 1,
                                  .seed = 4,
                                  .rules = sim_rules_find("court"),
                                  .decide_every = decide_every};
  p->play = pol_play_create(&options, p->model, p->team, p->team, &err);
  assert_non_null(p->play);
}

static void close_play(Played *p) {
  pol_play_destroy(p->play);
  pol_team_destroy(p->team);
  sim_model_destroy(p->model);
}

// a masked network keeps to the legal options, and what a learner is told is what it saw
static void check_decision(const PolDecision *decision, const float *seen, int *choices) {
  bool choice = false;
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    const uint32_t legal = decision->legal[head];
    choice |= (legal & (legal - 1)) != 0;
    if (decision->option[head] != POL_NOT_ASKED) {
      assert_true(legal >> decision->option[head] & 1u);
    }
  }
  assert_int_equal(choice, decision->choice);
  assert_memory_equal(decision->obs, seen,
                      (size_t)sim_obs_size(SIM_OBS_COURT128) * sizeof *decision->obs);
  *choices += choice;
}

static void play_nets(Played *p, const PolStrategy *strategy, uint32_t rally, int *choices,
                      int *decisions) {
  const int match = 0;
  SimError err = {0};
  pol_play_reset(p->play, &match, 1, &rally);
  pol_play_set_strategy(p->play, 0, SIM_NEAR, strategy);
  pol_play_set_strategy(p->play, 0, SIM_FAR, strategy);
  const SimState *state = pol_play_state(p->play, 0);
  while (state->referee.winner == SIM_PLAYING) {
    float seen[SIM_TEAMS][SIM_OBS_MAX];
    for (int side = 0; side < SIM_TEAMS; side++) {
      pol_play_observe(seen[side], p->play, 0, (SimTeam)side);
    }
    assert_ok(pol_play_step(p->play, &match, 1, &err), &err);
    const PolDrive *drive = pol_play_drive(p->play, 0);
    for (int i = 0; i < drive->decisions; i++) {
      check_decision(&drive->decision[i], seen[drive->decision[i].team], choices);
      (*decisions)++;
    }
  }
}

static void test_learner_is_told(void **unused) {
  (void)unused;
  Played p;
  open_play(&p, 1, 0);
  PolFile file = make_file(1);
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = &file, .sample = true};
  int choices = 0, decisions = 0;
  for (uint32_t rally = 0; rally < 3; rally++) {
    play_nets(&p, &strategy, rally, &choices, &decisions);
  }
  assert_true(choices > 6 && choices < decisions);
  // the weights may change in between: now everybody dumps deep right
  memset(file.net->head_weight, 0, 27 * 32 * sizeof(float));
  file.net->head_bias[8 + DUMP_RIGHT] = 50;
  const int match = 0;
  const uint32_t rally = 0;
  SimError err = {0};
  int dumps = 0;
  pol_play_reset(p.play, &match, 1, &rally);
  pol_play_set_strategy(p.play, 0, SIM_NEAR, &strategy);
  pol_play_set_strategy(p.play, 0, SIM_FAR, &strategy);
  while (pol_play_state(p.play, 0)->referee.winner == SIM_PLAYING) {
    assert_ok(pol_play_step(p.play, &match, 1, &err), &err);
    for (int side = 0; side < SIM_TEAMS; side++) {
      const int held = pol_play_held(p.play, 0, (SimTeam)side)->held[POL_HEAD_SETTER];
      assert_true(held != SET && held != DUMP_LEFT && held != S_SPREAD);
      dumps += held == DUMP_RIGHT;
    }
  }
  assert_true(dumps > 0);
  close_play(&p);
  pol_net_destroy(file.net);
}

// besides where something happened, strategies decide in every so many steps when asked to
static void test_decides_in_between(void **unused) {
  (void)unused;
  enum { EVERY = 7, STEPS = 200 };
  Played p;
  open_play(&p, 1, EVERY);
  PolFile file = make_file(1);
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = &file, .sample = true};
  const int match = 0;
  const uint32_t rally = 0;
  SimError err = {0};
  int in_between = 0;
  pol_play_reset(p.play, &match, 1, &rally);
  pol_play_set_strategy(p.play, 0, SIM_NEAR, &strategy);
  pol_play_set_strategy(p.play, 0, SIM_FAR, &strategy);
  const SimReferee *ref = &pol_play_state(p.play, 0)->referee;
  for (int step = 0; step < STEPS && ref->winner == SIM_PLAYING; step++) {
    const bool happened = ref->switched, due = ref->step % EVERY == 0;
    assert_ok(pol_play_step(p.play, &match, 1, &err), &err);
    assert_int_equal(pol_play_drive(p.play, 0)->decisions, happened || due ? SIM_TEAMS : 0);
    in_between += due && !happened;
  }
  assert_true(in_between > 5);
  close_play(&p);
  pol_net_destroy(file.net);
}

// a strategy holds for the rally it was set for; the next one draws from the team again
static void test_set_strategy(void **unused) {
  (void)unused;
  Played p;
  open_play(&p, 2, 0);
  const int ids[2] = {0, 1};
  const uint32_t rally[2] = {0, 0};
  SimError err = {0};
  PolStrategy rule;
  assert_ok(pol_strategy_rule(&rule, "rule:short_left:short_right", court, &err), &err);
  pol_play_reset(p.play, ids, 2, rally);
  pol_play_set_strategy(p.play, 1, SIM_FAR, &rule);
  bool differs = false;
  for (int k = 0; k < 600; k++) {
    if (pol_play_state(p.play, 0)->referee.winner != SIM_PLAYING ||
        pol_play_state(p.play, 1)->referee.winner != SIM_PLAYING) {
      break;
    }
    assert_ok(pol_play_step(p.play, ids, 2, &err), &err);
    differs |= pol_play_held(p.play, 1, SIM_FAR)->held[0] == SHORT_LEFT;
    assert_true(pol_play_held(p.play, 0, SIM_FAR)->held[0] != SHORT_LEFT);
    assert_true(pol_play_held(p.play, 1, SIM_NEAR)->held[0] != SHORT_LEFT);
  }
  assert_true(differs);
  close_play(&p);
}

// while a dig lasts its height stays, and it is one of the four
static void test_dig_height_stays(void **unused) {
  (void)unused;
  Played p;
  open_play(&p, 1, 0);
  const int match = 0;
  SimError err = {0};
  int lower = 0, digs = 0;
  for (uint32_t rally = 0; rally < 6; rally++) {
    double last[SIM_DRONES] = {0};
    pol_play_reset(p.play, &match, 1, &rally);
    const SimState *state = pol_play_state(p.play, 0);
    while (state->referee.winner == SIM_PLAYING) {
      assert_ok(pol_play_step(p.play, &match, 1, &err), &err);
      const PolDrive *drive = pol_play_drive(p.play, 0);
      for (int drone = 0; drone < SIM_DRONES; drone += SIM_ROLES) {
        const bool dig = drive->slot[drone] == POL_PASS || drive->slot[drone] == POL_RECEIVE;
        const double height = (double)drive->strike_z[drone];
        if (dig && last[drone] > 0) {
          assert_near(height, last[drone], 0);
        } else if (dig) {
          assert_near(fmod(height - 1.2 + 1e-4, 0.3), 1e-4, 1e-4);
          digs++;
          lower += height < 2;
        }
        last[drone] = dig ? height : 0;
      }
    }
  }
  assert_true(digs > 10 && lower > 0 && lower < digs);
  close_play(&p);
}

// a match put away and taken up again goes on with the same bits
static void test_match_as_bytes(void **unused) {
  (void)unused;
  Played p;
  open_play(&p, 2, 0);
  const int ids[2] = {0, 1};
  const uint32_t rally[2] = {5, 6};
  SimError err = {0};
  pol_play_reset(p.play, ids, 2, rally);
  for (int k = 0; k < 330; k++) {
    assert_ok(pol_play_step(p.play, ids, 1, &err), &err);
  }
  const size_t size = pol_play_match_size(p.play);
  char *bytes = malloc(size), *first = malloc(size), *second = malloc(size);
  assert_true(bytes && first && second);
  pol_play_save(bytes, p.play, 0);
  for (int other = 1; other >= 0; other--) {
    assert_ok(pol_play_load(p.play, other, bytes, &err), &err);
    for (int k = 0; k < 100; k++) {
      if (pol_play_state(p.play, other)->referee.winner == SIM_PLAYING) {
        assert_ok(pol_play_step(p.play, &ids[other], 1, &err), &err);
      }
    }
    pol_play_save(other ? first : second, p.play, other);
  }
  assert_memory_equal(first, second, size);
  // options are indices, of bytes that may come from a file
  memset(bytes + sizeof(SimEvents), 0xee, sizeof(PolMemory));
  assert_refused(pol_play_load(p.play, 0, bytes, &err), SIM_BAD_INPUT, &err, "saw option 238");
  free(bytes);
  free(first);
  free(second);
  close_play(&p);
}

// ---- calibrated times of teams

static char *calibration_text(const PolTeam *team, double flight, uint64_t options_hash) {
  char hash[POL_CALIBRATION_SKILLS][17], table[17];
  sim_hash_hex(table, options_hash);
  for (int i = 0; i < POL_CALIBRATION_SKILLS; i++) {
    sim_hash_hex(hash[i], pol_team_skill_hash(team, pol_calibration_slots[i]));
  }
  char *text = malloc(1024);
  assert_non_null(text);
  snprintf(text, 1024,
           "{\"format\":\"hcsp-calibration\",\"version\":1,\"options\":\"court\","
           "\"options_hash\":\"%s\",\"flight\":%.4f,\"skills\":{\"goto\":\"%s\",\"pass\":\"%s\","
           "\"set\":\"%s\",\"attack\":\"%s\"}}",
           table, flight, hash[0], hash[1], hash[2], hash[3]);
  return text;
}

static void write_calibration(const PolTeam *team, double flight, uint64_t options_hash) {
  char *text = calibration_text(team, flight, options_hash);
  test_write_file("times.json", text, strlen(text));
  free(text);
}

static void test_team_is_calibrated(void **unused) {
  (void)unused;
  SimError err = {0};
  PolTeam *plain = load_team(TEAM, &err);
  assert_ok(err.status, &err);
  char *text = test_exchange(TEAM, "options: court\n", "options: court\ncalibration: times.json\n");
  write_calibration(plain, 1.15, court->hash);
  PolTeam *team = load_team(text, &err);
  assert_ok(err.status, &err);
  assert_near(team->options->option[POL_HEAD_ATTACKER][DEEP_LEFT].goal.flight, 1.15, 0);
  assert_true(team->options->calibration_hash != 0 && team->options->hash == court->hash);
  assert_true(team->hash != plain->hash);
  // another table does without, and back
  assert_ok(pol_team_set_options(team, "paper", &err), &err);
  assert_true(team->options->calibration_hash == 0);
  assert_ok(pol_team_set_options(team, "court", &err), &err);
  assert_near(team->options->option[POL_HEAD_ATTACKER][DEEP_LEFT].goal.flight, 1.15, 0);
  assert_refused(pol_team_set_options(team, "papper", &err), SIM_BAD_INPUT, &err, "papper");
  assert_string_equal(team->options->name, "court");
  pol_team_destroy(team);
  // made for another table, for other skills, or not there
  write_calibration(plain, 1.15, court->hash + 1);
  assert_null(load_team(text, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err,
                 "key 'calibration': saw a calibration for another option table 'court', wanted "
                 "one for the option table of this team");
  char *good = calibration_text(plain, 1.15, court->hash);
  char *bad = test_exchange(good, "\"set\":\"", "\"set\":\"0000000000000000\",\"old\":\"");
  test_write_file("times.json", bad, strlen(bad));
  assert_null(load_team(text, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err,
                 "saw a calibration for another skill 'set', wanted one for the skills of this "
                 "team");
  remove("times.json");
  assert_null(load_team(text, &err));
  assert_refused(err.status, SIM_BAD_INPUT, &err, "key 'calibration'");
  free(bad);
  free(good);
  free(text);
  pol_team_destroy(plain);
}

static void test_broken_calibrations(void **unused) {
  (void)unused;
  SimError err = {0};
  PolTeam *team = load_team(TEAM, &err);
  char *good = calibration_text(team, 1.15, court->hash);
  PolCalibration read;
  assert_ok(pol_calibration_parse(&read, "c.json", good, strlen(good), &err), &err);
  static const char *const broken[][3] = {
      {"hcsp-calibration", "hcsp-policy", "c.json: key 'format'"},
      {"\"version\":1", "\"version\":2", "c.json: key 'version': saw something else, wanted 1"},
      {"\"flight\":1.15", "\"flight\":11.5", "c.json: key 'flight'"},
      {"\"flight\":", "\"flights\":", "c.json: key 'flight'"},
      {"\"goto\":\"", "\"goto\":\"x", "c.json: key 'goto': saw something else, wanted 16 digits"},
      {"\"skills\":", "\"skill\":", "c.json: key 'goto'"},
      {"\"options\":\"court\"", "\"options\":\" \"", "c.json: key 'options'"},
      {"{", "", "saw no JSON, wanted a calibration"},
      {"}}", "}", "saw no JSON, wanted a calibration"},
  };
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    char *text = test_exchange(good, broken[i][0], broken[i][1]);
    assert_refused(pol_calibration_parse(&read, "c.json", text, strlen(text), &err), SIM_BAD_INPUT,
                   &err, broken[i][2]);
    free(text);
  }
  free(good);
  pol_team_destroy(team);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pins),
      cmocka_unit_test(test_learner_is_told),
      cmocka_unit_test(test_decides_in_between),
      cmocka_unit_test(test_set_strategy),
      cmocka_unit_test(test_dig_height_stays),
      cmocka_unit_test(test_match_as_bytes),
      cmocka_unit_test(test_team_is_calibrated),
      cmocka_unit_test(test_broken_calibrations),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
