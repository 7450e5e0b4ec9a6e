// How teams play, counted: against a second count made from the events alone, and against sums that
// must hold whatever was played.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/situations.h"
#include "hcsp/eval/summary.h"

enum { RALLIES = 24, SEED = 3, MATCHES_MAX = 64 };

typedef struct Bench {
  SimModel *model;
  PolTeam *team[SIM_TEAMS];
} Bench;

static int make_bench(void **state) {
  static Bench bench;
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  bench.model = sim_model_create(&options, &err);
  bench.team[SIM_NEAR] = pol_team_load("stage2_court", &err);
  bench.team[SIM_FAR] = pol_team_load("stage1_plus", &err);
  assert_non_null(bench.model);
  assert_non_null(bench.team[SIM_NEAR]);
  assert_non_null(bench.team[SIM_FAR]);
  *state = &bench;
  return 0;
}

static int free_bench(void **state) {
  const Bench *bench = *state;
  pol_team_destroy(bench->team[SIM_NEAR]);
  pol_team_destroy(bench->team[SIM_FAR]);
  sim_model_destroy(bench->model);
  return 0;
}

// ---- a second count

// Attacks of the teams, and those after which the ball did not come back before the point was won;
// digs, and those whose ball the setter touched next; decisions that had a choice; touches but
// serves.
typedef struct Second {
  int attacks[SIM_TEAMS], kills[SIM_TEAMS], serves[SIM_TEAMS], digs[SIM_TEAMS];
  int set_up[SIM_TEAMS], choices[SIM_TEAMS], touches[SIM_TEAMS];
  int spot[SIM_TEAMS][EVAL_COURT_ROWS][EVAL_COURT_COLUMNS];  // where attacks come down
  bool open[MATCHES_MAX][SIM_TEAMS], dug[MATCHES_MAX][SIM_TEAMS];
} Second;

static SimStatus on_start(void *arg, int match, const PolPlay *play, SimError *err) {
  Second *second = arg;
  memset(second->open[match], 0, sizeof second->open[match]);
  memset(second->dug[match], 0, sizeof second->dug[match]);
  (void)play;
  (void)err;
  return SIM_OK;
}

// books the place where the ball falls to the ground, on the side of the team that has to dig it
static void book_spot(Second *second, const SimState *state, SimTeam team) {
  const double *pos = state->view.ball_pos, *vel = state->view.ball_vel, g = SIM_GRAVITY;
  const double time = (vel[2] + sqrt(vel[2] * vel[2] + 2 * g * (pos[2] - SIM_GROUND))) / g;
  // both axes turn for the far team
  const double sign = team == SIM_NEAR ? -1 : 1;
  const double x = sign * (pos[0] + time * vel[0]), y = sign * (pos[1] + time * vel[1]);
  if (x >= 0) {
    // metres behind the net, 6 and more are out; metres from 1 m left of the court
    int row = 0, column = 0;
    while (row < EVAL_COURT_ROWS - 1 && x >= row + 1) {
      row++;
    }
    while (column < EVAL_COURT_COLUMNS - 1 && y >= column + 1 - 4) {
      column++;
    }
    second->spot[team][row][column]++;
  }
}

static void count_choices(Second *second, const PolDrive *drive) {
  for (int i = 0; i < drive->decisions; i++) {
    const PolDecision *decision = &drive->decision[i];
    for (int head = 0; head < POL_HEADS_MAX; head++) {
      second->choices[decision->team] +=
          decision->option[head] != POL_NOT_ASKED && __builtin_popcount(decision->legal[head]) > 1;
    }
  }
}

static SimStatus on_step(void *arg, int match, const PolPlay *play, SimError *err) {
  Second *second = arg;
  const SimState *state = pol_play_state(play, match);
  (void)err;
  count_choices(second, pol_play_drive(play, match));
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    if (event->kind == SIM_EVENT_CROSS) {
      second->open[match][state->referee.ball_side] = false;
      second->dug[match][1 - state->referee.ball_side] = false;
    } else if (event->kind == SIM_EVENT_TOUCH) {
      const SimTeam team = sim_team(event->drone);
      const uint8_t slot = pol_play_drive(play, match)->slot[event->drone];
      second->set_up[team] += second->dug[match][team] && sim_role(event->drone) == SIM_SETTER;
      second->dug[match][team] = slot == POL_PASS || slot == POL_RECEIVE;
      second->open[match][team] = slot == POL_ATTACK;
      if (slot == POL_ATTACK) {
        book_spot(second, state, team);
      }
      second->touches[team] += state->referee.hits > 1;
      second->attacks[team] += slot == POL_ATTACK;
      second->serves[team] += slot == POL_SERVE;
      second->digs[team] += slot == POL_PASS || slot == POL_RECEIVE;
    }
  }
  const SimWinner winner = state->referee.winner;
  if (winner == SIM_WIN_NEAR || winner == SIM_WIN_FAR) {
    second->kills[winner] += second->open[match][winner];
  }
  return SIM_OK;
}

static void play(EvalTactics *tactics, EvalRally rally[RALLIES], Second *second, const Bench *bench,
                 int threads) {
  SimError err = {0};
  const EvalWatcher watcher = {.arg = second, .start = on_start, .step = on_step};
  const EvalRalliesOptions options = {.model = bench->model,
                                      .near = bench->team[SIM_NEAR],
                                      .far = bench->team[SIM_FAR],
                                      .rules = sim_rules_find("court"),
                                      .seed = SEED,
                                      .rallies = RALLIES,
                                      .threads = threads,
                                      .watcher = &watcher,
                                      .tactics = tactics};
  int played;
  assert_ok(eval_rallies_play(rally, &played, &options, &err), &err);
  assert_int_equal(played, RALLIES);
}

static EvalSpot total(const EvalCourtMap *map) {
  EvalSpot sum = {0, 0};
  for (int r = 0; r < EVAL_COURT_ROWS; r++) {
    for (int c = 0; c < EVAL_COURT_COLUMNS; c++) {
      assert_true(map->spot[r][c].good <= map->spot[r][c].balls);
      sum.balls += map->spot[r][c].balls;
      sum.good += map->spot[r][c].good;
    }
  }
  return sum;
}

static void counts_agree_with_the_events(void **state) {
  static EvalTactics tactics, again;
  static Second second, other;
  EvalRally rally[RALLIES], same[RALLIES];
  const Bench *bench = *state;
  memset(&tactics, 0, sizeof tactics);
  memset(&again, 0, sizeof again);
  memset(&second, 0, sizeof second);
  play(&tactics, rally, &second, bench, 1);
  play(&again, same, &other, bench, 2);
  assert_memory_equal(&tactics, &again, sizeof tactics);
  for (int team = 0; team < SIM_TEAMS; team++) {
    const PolOptions *options = bench->team[team]->options;
    const EvalUses *uses = &tactics.use[team];
    const EvalUse attacks = eval_uses_total(uses, options, POL_HEAD_ATTACKER, true);
    const EvalUse serves = eval_uses_total(uses, options, POL_HEAD_SERVE, true);
    const EvalSpot landed = total(&tactics.attack[team]), dug = total(&tactics.dig[team]);
    assert_true(second.attacks[team] > 10);
    assert_int_equal(attacks.touches, second.attacks[team]);
    assert_int_equal(attacks.kills, second.kills[team]);
    assert_int_equal(serves.touches, second.serves[team]);
    // whoever serves has chosen how
    assert_int_equal(serves.chosen, serves.touches);
    // an attack that does not come over is no kill
    assert_true(landed.balls <= attacks.touches);
    assert_int_equal(landed.good, attacks.kills);
    assert_int_equal(dug.balls, second.digs[team]);
    assert_true(dug.good > 0 && dug.good < dug.balls);
    assert_int_equal(dug.good, second.set_up[team]);
    int64_t chosen = 0, touches = 0;
    for (int k = 0; k < SIM_ROLES * SIM_ROLES; k++) {
      touches += uses->touch[k / SIM_ROLES][k % SIM_ROLES];
    }
    assert_int_equal(touches, second.touches[team]);
    // roles take their touches in order, setters dig what passers cannot
    assert_true(uses->touch[0][SIM_PASSER] > 10 && uses->touch[2][SIM_ATTACKER] > 10);
    assert_true(uses->touch[2][SIM_PASSER] == 0);
    for (int head = 0; head < POL_HEADS_MAX; head++) {
      for (int i = 0; i < POL_OPTIONS_MAX; i++) {
        chosen += uses->head[head][i].chosen;
      }
    }
    assert_int_equal(chosen, second.choices[team]);
    for (int row = 0; row < EVAL_COURT_ROWS; row++) {
      for (int column = 0; column < EVAL_COURT_COLUMNS; column++) {
        assert_int_equal(tactics.attack[team].spot[row][column].balls,
                         second.spot[team][row][column]);
      }
    }
  }
}

static void merged_teams_add_up(void **state) {
  EvalTactics tactics = {0};
  (void)state;
  tactics.use[SIM_NEAR].head[1][2] = (EvalUse){5, 4, 3};
  tactics.use[SIM_FAR].head[1][2] = (EvalUse){50, 40, 30};
  tactics.use[SIM_FAR].touch[1][2] = 7;
  tactics.attack[SIM_FAR].spot[2][3] = (EvalSpot){7, 6};
  tactics.dig[SIM_NEAR].spot[0][1] = (EvalSpot){9, 8};
  eval_tactics_merge(&tactics);
  assert_int_equal(tactics.use[SIM_NEAR].head[1][2].chosen, 55);
  assert_int_equal(tactics.use[SIM_NEAR].head[1][2].touches, 44);
  assert_int_equal(tactics.use[SIM_NEAR].head[1][2].kills, 33);
  assert_int_equal(tactics.use[SIM_NEAR].touch[1][2], 7);
  assert_int_equal(tactics.attack[SIM_NEAR].spot[2][3].balls, 7);
  assert_int_equal(tactics.dig[SIM_NEAR].spot[0][1].good, 8);
}

// ---- what is told

static void variety_tells_shares(void **state) {
  const Bench *bench = *state;
  const PolOptions *options = bench->team[SIM_NEAR]->options;
  const int left = pol_options_find(options, POL_HEAD_ATTACKER, "deep left");
  const int right = pol_options_find(options, POL_HEAD_ATTACKER, "deep right");
  const int lob = pol_options_find(options, POL_HEAD_ATTACKER, "lob left");
  const int base = pol_options_find(options, POL_HEAD_ATTACKER, "base");
  EvalVariety variety;
  EvalUses uses = {0};
  assert_true(left >= 0 && right >= 0 && lob >= 0 && base >= 0);
  eval_variety(&variety, &uses, options);
  assert_null(variety.most_used);
  assert_int_equal(variety.attacks_5, 0);
  assert_int_equal(variety.waiting_5, 0);
  uses.head[POL_HEAD_ATTACKER][left] = (EvalUse){600, 500, 100};
  uses.head[POL_HEAD_ATTACKER][right] = (EvalUse){350, 300, 60};
  uses.head[POL_HEAD_ATTACKER][lob] = (EvalUse){50, 50, 0};
  uses.head[POL_HEAD_ATTACKER][base] = (EvalUse){9000, 0, 0};  // no attack
  uses.head[POL_HEAD_PASSER][pol_options_find(options, POL_HEAD_PASSER, "middle")].chosen = 3;
  eval_variety(&variety, &uses, options);
  assert_string_equal(variety.most_used, "deep left");
  assert_near(variety.most_share, 0.6, 1e-12);
  assert_int_equal(variety.attacks_5, 2);
  assert_int_equal(variety.waiting_5, 1);
  assert_int_equal(variety.attacks.touches, 850);
  assert_int_equal(variety.attacks.kills, 160);
  json_t *json = eval_uses_json(&uses, options);
  int chosen, touches, kills;
  assert_int_equal(json_unpack(json, "{s:{s:{s:i,s:i,s:i}}}", "attacker", "deep left", "uses",
                               &chosen, "touches", &touches, "kills", &kills),
                   0);
  assert_true(chosen == 600 && touches == 500 && kills == 100);
  json_decref(json);
}

// ---- canonical moments

// which head has a choice in a moment, or -1
static int choosing_head(EvalMoment moment) {
  switch (moment) {
  case EVAL_SERVING:
    return POL_HEAD_SERVE;
  case EVAL_THEY_PASSED:
  case EVAL_THEY_SET:
  case EVAL_WE_ATTACKED:
    return POL_HEAD_PASSER;
  case EVAL_WE_PASSED:
    return POL_HEAD_SETTER;
  case EVAL_WE_SET:
    return POL_HEAD_ATTACKER;
  case EVAL_WAITING:
  case EVAL_ATTACK_LEFT:
  case EVAL_ATTACK_RIGHT:
  case EVAL_MOMENTS:
    break;
  }
  return -1;
}

static void moments_ask_whose_turn_it_is(void **state) {
  const Bench *bench = *state;
  const PolOptions *options = bench->team[SIM_NEAR]->options;
  const PolStrategy random = {.kind = POL_RANDOM};
  for (int moment = 0; moment < EVAL_MOMENTS; moment++) {
    EvalSituation situation;
    uint32_t legal[POL_HEADS_MAX];
    float p[POL_HEADS_MAX][POL_OPTIONS_MAX];
    double landing[2];
    eval_situation_make(&situation, (EvalMoment)moment, options);
    assert_true(eval_situation_ask(p, legal, &situation, &random, options, NULL));
    for (int head = 0; head < options->heads; head++) {
      const bool choice = (legal[head] & (legal[head] - 1)) != 0;
      assert_int_equal(choice, head == choosing_head((EvalMoment)moment));
      for (int i = 0; i < options->n[head]; i++) {
        const double wanted = legal[head] >> i & 1u ? 1.0 / __builtin_popcount(legal[head]) : 0;
        assert_near((double)p[head][i], wanted, 1e-6);
      }
    }
    pol_landing(landing, &situation.state, SIM_NEAR);
    if (moment == EVAL_ATTACK_LEFT || moment == EVAL_ATTACK_RIGHT) {
      assert_true(landing[0] > 4 && landing[0] < 6);
      assert_true(moment == EVAL_ATTACK_LEFT ? landing[1] < -2 : landing[1] > 2);
      assert_int_equal(options->option[POL_HEAD_PASSER][__builtin_ctz(legal[0])].slot, POL_PASS);
    } else if (moment == EVAL_WE_ATTACKED) {
      assert_true(landing[0] < -4 && situation.state.view.ball_pos[2] > 2.43);
    }
  }
}

// the table whose heads are touches: whoever takes them, the next one is asked for
static void moments_of_free_roles(void **state) {
  static const int ASKED[EVAL_MOMENTS] = {[EVAL_WAITING] = 1 << POL_HEAD_SHAPE,
                                          [EVAL_SERVING] =
                                              1 << POL_HEAD_SERVES | 1 << POL_HEAD_SHAPE,
                                          [EVAL_THEY_PASSED] = 1 << POL_HEAD_SHAPE,
                                          [EVAL_THEY_SET] = 1 << POL_HEAD_SHAPE,
                                          [EVAL_ATTACK_LEFT] = 1 << POL_HEAD_FIRST,
                                          [EVAL_ATTACK_RIGHT] = 1 << POL_HEAD_FIRST,
                                          [EVAL_WE_PASSED] = 1 << POL_HEAD_SECOND,
                                          [EVAL_WE_SET] = 1 << POL_HEAD_THIRD,
                                          [EVAL_WE_ATTACKED] = 1 << POL_HEAD_SHAPE};
  const PolStrategy random = {.kind = POL_RANDOM};
  PolOptions *options = pol_options_load("volley", NULL);
  (void)state;
  assert_non_null(options);
  for (int moment = 0; moment < EVAL_MOMENTS; moment++) {
    EvalSituation situation;
    uint32_t legal[POL_HEADS_MAX];
    float p[POL_HEADS_MAX][POL_OPTIONS_MAX];
    double landing[2];
    eval_situation_make(&situation, (EvalMoment)moment, options);
    assert_true(eval_situation_ask(p, legal, &situation, &random, options, NULL));
    for (int head = 0; head < options->heads; head++) {
      const bool choice = (legal[head] & (legal[head] - 1)) != 0;
      assert_int_equal(choice, ASKED[moment] >> head & 1);
      assert_int_equal(pol_head_asked(options, head, &situation.memory, &situation.state, SIM_NEAR),
                       ASKED[moment] >> head & 1);
    }
    pol_landing(landing, &situation.state, SIM_NEAR);
    if (moment == EVAL_ATTACK_LEFT || moment == EVAL_ATTACK_RIGHT) {
      assert_true(landing[0] > 4 && landing[0] < 6);
      assert_true(moment == EVAL_ATTACK_LEFT ? landing[1] < -2 : landing[1] > 2);
    }
  }
  pol_options_destroy(options);
}

// ---- the choice that neither side sees

// Two attacks, two shapes, and an attack that is right but too rare to be told.
static void a_guess_is_read_by_its_best_answers(void **state) {
  EvalGuess guess = {.cell[1][0] = {98, 0, 0},
                     .cell[1][1] = {198, 198, 0},
                     .cell[2][0] = {98, 98, 0},
                     .cell[2][1] = {98, 0, 98},
                     .cell[3][0] = {2, 2, 0},
                     .cell[3][1] = {2, 2, 0}};
  EvalGuessReading reading;
  SimError err = {0};
  PolTeam *team = pol_team_load("stage1_volley", &err);
  (void)state;
  assert_non_null(team);
  assert_true(eval_guess_read(&reading, &guess, team->options));
  assert_int_equal(reading.met, 496);
  assert_int_equal(reading.attack, 2);
  assert_int_equal(reading.shape, 0);
  assert_true(fabs(reading.value - ((198 + 98 + 49 + 4) / 496.0)) < 1e-9);
  assert_true(fabs(reading.attacks - ((0.99 * 198 + 0.5 * 298) / 496)) < 1e-9);
  assert_true(fabs(reading.shapes - ((0.01 * 296 + 0.99 * 196 + 0.75 * 4) / 496)) < 1e-9);
  guess = (EvalGuess){0};
  assert_false(eval_guess_read(&reading, &guess, team->options));
  pol_team_destroy(team);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_agree_with_the_events),
      cmocka_unit_test(merged_teams_add_up),
      cmocka_unit_test(variety_tells_shares),
      cmocka_unit_test(moments_ask_whose_turn_it_is),
      cmocka_unit_test(moments_of_free_roles),
      cmocka_unit_test(a_guess_is_read_by_its_best_answers),
  };
  return cmocka_run_group_tests(tests, make_bench, free_bench);
}
