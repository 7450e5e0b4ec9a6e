// Practice is what makes skills fit the balls of real matches cheaply: in a task world a strike
// costs a twentieth of what it costs in a match. Strikes are recorded as they begin in matches of
// the team with its new table, against itself and against the old team, and each skill goes on
// learning in its task of Stage I, most of its starts being recorded ones. Where any drone plays
// any ball half of the others' matches are against random choices instead: digs that have practised
// what the old team attacks with fail on what it leaves out, and whoever finds that wins.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/config/keys.h"
#include "hcsp/recipes/coself/internal.h"
#include "hcsp/recipes/seeds.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/log.h"
#include "sim/vec.h"

enum {
  MATCHES = 128,
  STARTS = 4096,  // recorded of each skill, at most
  STEPS_OF_STRIKE = 30,
  STEPS_MIN = 200,   // of a recording that looks for few strikes, whatever it finds
  STEPS_MAX = 3000,  //   and of one that looks for the most
  OVERRIDES_MAX = 32,
};
#define MATE_SPEED 2.5  // m/s, of a team-mate on its way
#define BRAKE_WAY 2.5   // m, an opponent nearer to the net blows on ours
#define BRAKE_TIME 0.5  // s, for so long it leans

typedef struct Recording {
  const CoselfJoint *g;
  PolPlay *play;
  uint32_t rallies[MATCHES];
  uint8_t slot[MATCHES][SIM_DRONES];  // of the step before
  PolStrategy own, chance;
  TaskStrikeStart *start[POL_SLOTS];  // NULL: not wanted
  int n[POL_SLOTS], most;             // recorded, and wanted in all
  int steps;                          // that a half of the recording may take
} Recording;

static bool free_roles(const Recording *r) {
  return r->g->team->options->kind == POL_TABLE_VOLLEY;
}

// even matches are played among each other, odd ones against the old team or against chance
static void start_rally(Recording *r, int match) {
  assert(match >= 0 && match < MATCHES);
  const CoselfJoint *g = r->g;
  const uint32_t rally = r->rallies[match]++ * MATCHES + (uint32_t)match;
  pol_play_reset(r->play, &match, 1, &rally);
  const SimTeam side = (SimTeam)(match / 2 % SIM_TEAMS);
  const SimTeam other = side == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  pol_play_set_strategy(r->play, match, side, &r->own);
  if (match % 2 == 0) {
    pol_play_set_strategy(r->play, match, other, &r->own);
  } else if (free_roles(r) && match / 4 % 2) {
    pol_play_set_strategy(r->play, match, other, &r->chance);
  } else {
    const int member =
        pol_team_member(g->base, g->t->options.seed + RECIPE_SEED_PRACTICE, rally, other);
    pol_play_seat_guest(r->play, match, other, &g->base->strategy[member]);
  }
  memset(r->slot[match], POL_SLOTS, sizeof r->slot[match]);
}

// a team-mate flies to where it is to be
static void fly_on(SimWashSource *mate, const PolAct *act) {
  double way[3];
  vec_sub(way, act->goal.point, mate->pos);
  mate->moves = vec_norm(way) / MATE_SPEED;
  if (mate->moves > SIM_DT) {
    vec_add_scaled(mate->vel, mate->vel, 1 / mate->moves, way);
  }
}

// an opponent in front of the net goes on leaning as it does
static void blow_over(SimWash *wash, const SimState *state, SimTeam team) {
  const SimTeam other = team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  for (int role = 0; role < SIM_ROLES && wash->n < SIM_ROLES; role++) {
    SimDrone drone;
    sim_mirror_drone(&drone, &state->view.drone[sim_drone(other, (SimRole)role)], team);
    if (drone.pos[0] > -BRAKE_WAY) {
      SimWashSource *source = &wash->source[wash->n++];
      *source = (SimWashSource){.lean = {drone.rot[2], drone.rot[5]}, .until = BRAKE_TIME};
      vec_copy(source->pos, drone.pos);
    }
  }
}

static void reflect(TaskStrikeStart *start) {
  sim_reflect_drone(&start->drone, &start->drone);
  sim_reflect_vec(start->ball_pos, start->ball_pos);
  sim_reflect_vec(start->ball_vel, start->ball_vel);
  sim_reflect_vec(start->goal.point, start->goal.point);
  sim_reflect_vec(start->next, start->next);
  for (int i = 0; i < start->wash.n; i++) {
    SimWashSource *source = &start->wash.source[i];
    sim_reflect_vec(source->pos, source->pos);
    sim_reflect_vec(source->vel, source->vel);
    source->lean[1] = -source->lean[1];
  }
}

// where the drone will be when it has struck
static void find_next(double next[3], const PolOptions *table, PolSlot slot,
                      const TaskStrikeStart *start) {
  const double still[3] = {0, 0, 0};
  SimStrike plan;
  sim_strike_plan(&plan, &start->goal, start->ball_pos, start->ball_vel);
  const SimGoal goal = learn_strikes_hover(table, slot, plan.drone, still);
  vec_copy(next, goal.point);
}

static void record(Recording *r, const SimState *state, int match, int drone, const PolAct *act) {
  assert(r->start[act->slot] && r->n[act->slot] < r->most);
  const PolOptions *table = r->g->team->options;
  const SimTeam team = sim_team(drone);
  TaskStrikeStart *out = &r->start[act->slot][r->n[act->slot]++];
  *out = (TaskStrikeStart){.goal = act->goal};
  sim_mirror_drone(&out->drone, &state->view.drone[drone], team);
  sim_mirror_vec(out->ball_pos, state->view.ball_pos, team);
  sim_mirror_vec(out->ball_vel, state->view.ball_vel, team);
  for (int role = 0; role < SIM_ROLES; role++) {
    const int mate = sim_drone(team, (SimRole)role);
    if (mate != drone) {
      SimWashSource *source = &out->wash.source[out->wash.n++];
      sim_mirror_vec(source->pos, state->view.drone[mate].pos, team);
      if (free_roles(r)) {
        PolAct its;
        pol_play_act(&its, r->play, match, mate);
        fly_on(source, &its);
      }
    }
  }
  assert(out->wash.n == SIM_ROLES - 1);
  if (free_roles(r)) {
    blow_over(&out->wash, state, team);
  }
  find_next(out->next, table, act->slot, out);
  if (act->mirrored) {
    reflect(out);
  }
}

static void look(Recording *r, int match) {
  const SimState *state = pol_play_state(r->play, match);
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    PolAct act;
    pol_play_act(&act, r->play, match, drone);
    const bool begins = act.slot != r->slot[match][drone];
    const bool own = match % 2 == 0 || (int)sim_team(drone) == match / 2 % SIM_TEAMS;
    r->slot[match][drone] = (uint8_t)act.slot;
    if (begins && own && r->start[act.slot] && r->n[act.slot] < r->most) {
      record(r, state, match, drone, &act);
    }
  }
}

static bool enough(const Recording *r) {
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    if (r->start[slot] && r->n[slot] < r->most) {
      return false;
    }
  }
  return true;
}

static SimStatus play(Recording *r, SimError *err) {
  int ids[MATCHES];
  SimStatus status = SIM_OK;
  for (int match = 0; match < MATCHES; match++) {
    ids[match] = match;
    start_rally(r, match);
  }
  for (int step = 0; status == SIM_OK && step < r->steps && !enough(r); step++) {
    status = pol_play_step(r->play, ids, MATCHES, err);
    for (int match = 0; status == SIM_OK && match < MATCHES; match++) {
      look(r, match);
      if (pol_play_state(r->play, match)->referee.winner != SIM_PLAYING) {
        start_rally(r, match);
      }
    }
    if (status == SIM_OK && run_interrupted()) {
      status = sim_error(err, SIM_INTERRUPTED, "interrupted while strikes were recorded");
    }
  }
  return status;
}

static void set_flight(const CoselfJoint *g, double flight) {
  if (pol_options_calibrated(g->team->options)) {
    pol_options_set_flight(g->team->options, flight, 0);
  }
}

static SimStatus record_all(Recording *r, int starts, SimError *err) {
  const CoselfJoint *g = r->g;
  const PolPlayOptions options = {.matches = MATCHES,
                                  .threads = g->t->options.threads,
                                  .seed = g->t->options.seed + RECIPE_SEED_PRACTICE,
                                  .rules = g->engine.rules,
                                  .guest = g->base};
  r->own = (PolStrategy){.kind = POL_STRATEGY_NET, .file = g->start, .sample = true};
  r->play = pol_play_create(&options, g->engine.learn, g->team, g->team, err);
  r->steps = STEPS_MIN + (STEPS_MAX - STEPS_MIN) * starts / STARTS;
  // saves are rare
  r->steps *= free_roles(r) ? 4 : 1;
  // the attacks that calibration will find for better digs are faster than those of now
  SimStatus status = r->play ? SIM_OK : SIM_FAIL;
  status = status ? status : pol_strategy_rule(&r->chance, "random", g->team->options, err);
  for (int half = 0; status == SIM_OK && half < 2; half++) {
    r->most = starts / 2 * (half + 1);
    assert(r->most <= STARTS);
    set_flight(g, g->flight - half * g->config->fine_tune_faster);
    status = play(r, err);
  }
  set_flight(g, g->flight);
  pol_play_destroy(r->play);
  return status;
}

// ---- learning

static SimStatus skill_config(TaskConfig **config, const CoselfJoint *g, const char *skill,
                              SimError *err) {
  char words[sizeof g->config->fine_tune];
  const char *override[OVERRIDES_MAX];
  memcpy(words, g->config->fine_tune, sizeof words);
  const int n = config_split(override, OVERRIDES_MAX, words);
  *config = task_skill_config_load(skill, NULL, override, n, err);
  return *config ? SIM_OK : err->status;
}

static SimStatus practise(CoselfJoint *g, const Recording *r, PolSlot slot, int64_t budget,
                          SimError *err) {
  assert(r->start[slot] && r->n[slot] <= STARTS);
  const char *task = coself_task_name(g->team->options, slot);
  char folder[SIM_PATH_MAX], name[64];
  TaskConfig *config;
  SkillResult result;
  snprintf(name, sizeof name, "practice/%s", task);
  SimStatus status = skill_config(&config, g, task, err);
  status = status ? status : sim_path_join(folder, g->t->options.folder, name, err);
  SkillTraining training = {
      .config = config,
      .options = g->t->options,
      .from = {.critic = g->critic, .strike = r->start[slot], .strikes = r->n[slot]},
      .start = g->team->skill[slot],
      .warm = (int)g->config->critic_warmup,
      .inputs = g->inputs};
  training.options.folder = folder;
  training.options.resume = g->t->options.resume && run_exists(folder);
  training.options.budget = budget;
  if (status == SIM_OK) {
    sim_log(SIM_LOG_INFO, "%s: practice from %d strikes of matches", pol_slot_name(slot),
            r->n[slot]);
    status = skill_train(&result, &training, err);
  }
  task_skill_config_destroy(config);
  return status;
}

static SimStatus take_over(CoselfJoint *g, PolSlot slot, SimError *err) {
  char path[SIM_PATH_MAX], name[128];
  const char *task = coself_task_name(g->team->options, slot);
  snprintf(name, sizeof name, "practice/%s/policies/%s.safetensors", task, task);
  const SimStatus status = sim_path_join(path, g->t->options.folder, name, err);
  return status == SIM_OK ? pol_team_set_skill(g->team, slot, path, err) : status;
}

SimStatus coself_fine_tune_check(const CoselfJoint *g, SimError *err) {
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < g->slots; i++) {
    TaskConfig *config;
    status = skill_config(&config, g, coself_task_name(g->team->options, g->slot[i]), err);
    task_skill_config_destroy(config);
  }
  return status;
}

SimStatus coself_fine_tune(CoselfJoint *g, int64_t budget, SimError *err) {
  char folder[SIM_PATH_MAX];
  Recording *r = sim_new(1, sizeof *r);
  for (int i = 0; i < g->slots; i++) {
    r->start[g->slot[i]] = sim_new(STARTS, sizeof *r->start[g->slot[i]]);
  }
  r->g = g;
  // each is begun from some thirty times
  const int64_t starts = budget / (30 * STEPS_OF_STRIKE);
  SimStatus status = record_all(r, (int)(starts < STARTS ? starts + 2 : STARTS), err);
  status = status ? status : sim_path_join(folder, g->t->options.folder, "practice", err);
  status = status ? status : sim_file_make_folder(folder, err);
  for (int i = 0; status == SIM_OK && i < g->slots; i++) {
    status = practise(g, r, g->slot[i], budget, err);
  }
  for (int i = 0; status == SIM_OK && i < g->slots; i++) {
    status = take_over(g, g->slot[i], err);
  }
  for (int s = 0; r && s < POL_SLOTS; s++) {
    free(r->start[s]);
  }
  free(r);
  return status;
}
