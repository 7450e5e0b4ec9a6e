// Live play: one match of two teams. The physics thread keeps the clock: it steps when a step is
// due, and when it falls behind by more than 0.1 s it forgets the lost time, as MuJoCo's own viewer
// does. It holds the lock for one step at a time (about 0.1 ms), so drawing never waits for more,
// and drawing holds it only to say how fast time should run.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/base/log.h"
#include "sim/vec.h"
#include "viz/source_internal.h"

#define FORGET 0.1  // s
// whose skills fly for a person who names no team
#define VIZ_PERSON_TEAM "stage3"

// ---- one step

// pulls at a body: one step's change of velocity goes into the exact state
static SimStatus apply_pull(VizSource *source, SimError *err) {
  const VizPull *pull = &source->pull;
  SimBatch *batch = pol_play_batch(source->play);
  const SimModel *model = source->model;
  assert(pull->body >= 0 && pull->body < SIM_BODIES);
  sim_batch_save(batch, 0, source->row);
  SimStatus status = sim_world_load(&source->scratch, source->data, model, source->row, err);
  if (status != SIM_OK) {
    return status;
  }
  const bool ball = pull->body == SIM_BALL;
  const SimPlant *plant = &source->scratch.plant;
  double *vel = source->data->qvel + model->qvel[pull->body];
  vec_add_scaled(vel, vel, SIM_DT / (ball ? plant->ball_mass : plant->drone_mass), pull->force);
  if (!ball) {
    double torque[3];
    rot_apply_inverse(torque, source->scratch.view.drone[pull->body].rot, pull->torque);
    for (int k = 0; k < 3; k++) {
      vel[3 + k] += SIM_DT / plant->inertia[k] * torque[k];
    }
  }
  sim_world_save(source->row, &source->scratch, source->data, model);
  const SimEvents events = sim_batch_state(batch, 0)->events;
  return sim_batch_load(pol_play_batch(source->play), 0, source->row, &events, err);
}

static void take_drive(VizFrame *frame, VizSource *source, const PolDrive *drive) {
  const VizFrame *before = frame - 1;
  assert(frame > source->live->frame && drive->decisions >= 0 && drive->decisions <= SIM_TEAMS);
  memcpy(frame->action, drive->action, sizeof frame->action);
  memcpy(frame->skill, drive->slot, sizeof frame->skill);
  memcpy(frame->goal, drive->goal, sizeof frame->goal);
  memcpy(frame->flight, drive->flight, sizeof frame->flight);
  memcpy(frame->option, before->option, sizeof frame->option);
  memcpy(frame->choice, before->choice, sizeof frame->choice);
  for (int i = 0; i < drive->decisions; i++) {
    const PolDecision *decision = &drive->decision[i];
    VizChoice choice;
    memcpy(frame->option[decision->team], decision->option, POL_HEADS_MAX);
    viz__choice_fill(&choice, source->team[decision->team], decision, &before->state);
    viz__candidates_find(&choice.candidates, source->info.options[decision->team], &before->state,
                         decision->team);
    viz_rally_choose(source->live, frame, decision->team, &choice);
  }
  frame->perturbed = before->perturbed;
}

// ---- a person who decides

static const PolOptions *persons_options(const VizSource *source) {
  return source->team[source->person]->options;
}

// whether an option of head would be an attack, a set, ...
static bool leads_to_strike(const PolOptions *options, int head, uint32_t legal) {
  return legal != 0 && pol_slot_strikes(options->option[head][__builtin_ctz(legal)].slot);
}

// what may still be chosen, also where the strategy has chosen already
static void find_legal(uint32_t legal[POL_HEADS_MAX], const VizSource *source,
                       const SimState *state) {
  const SimTeam team = (SimTeam)source->person;
  PolMemory memory = *pol_play_held(source->play, 0, team);
  pol_reopen(&memory);
  pol_legal(legal, persons_options(source), &memory, state, team);
}

// what kind of question is still open
static void sum_up(VizAsk *ask, const PolOptions *options) {
  ask->open = ask->urgent = false;
  for (int head = 0; head < options->heads; head++) {
    ask->open |= ask->asked[head];
    ask->urgent |= ask->asked[head] && leads_to_strike(options, head, ask->legal[head]);
  }
  ask->serve = ask->asked[options->serve_head];
}

// the newest state may ask something anew, or make what was asked pointless
static void update_ask(VizSource *source, const SimState *state) {
  VizAsk *ask = &source->ask;
  const bool playing = source->person >= 0 && state->referee.winner == SIM_PLAYING;
  const bool event = playing && (state->referee.switched || state->referee.step == 0);
  uint32_t legal[POL_HEADS_MAX] = {0};
  ask->open = ask->urgent = ask->serve = false;
  if (!playing) {
    memset(ask->asked, 0, sizeof ask->asked);
    return;
  }
  const SimTeam team = ask->team = (SimTeam)source->person;
  const PolOptions *options = persons_options(source);
  find_legal(legal, source, state);
  ask->step = event ? state->referee.step : ask->step;
  ask->turned = options->kind == POL_TABLE_VOLLEY &&
                (team == SIM_NEAR ? 1 : -1) * state->view.ball_pos[1] < 0;
  for (int head = 0; head < options->heads; head++) {
    // a strike that runs across the net is not asked about again
    const bool anew =
        event && pol_head_asked(options, head, pol_play_held(source->play, 0, team), state, team);
    ask->asked[head] = pol_has_choice(legal[head]) && (anew || ask->asked[head]);
    ask->legal[head] = legal[head];
  }
  sum_up(ask, options);
  viz__candidates_find(&ask->candidates, ask->urgent ? options : NULL, state, team);
}

static bool choose(void *arg, int match, const SimState *state, PolDecision *decision) {
  VizSource *source = arg;
  bool any = false;
  (void)match;
  (void)state;
  if ((int)decision->team != source->person) {
    return false;
  }
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    const uint8_t pick = source->pick[head];
    if (pick != POL_NOT_ASKED && (decision->legal[head] >> pick & 1u) != 0) {
      decision->option[head] = pick;
      any = true;
    } else if (pick != POL_NOT_ASKED) {
      source->ask.asked[head] = true;  // out of reach by now: it is asked again
    }
    source->pick[head] = POL_NOT_ASKED;
  }
  return any;
}

void viz_source_ask(VizAsk *ask, VizSource *source) {
  pthread_mutex_lock(&source->lock);
  *ask = source->ask;
  ask->open = ask->open && source->live && source->shown == source->live;
  pthread_mutex_unlock(&source->lock);
}

bool viz_source_choose(VizSource *source, int head, int option) {
  pthread_mutex_lock(&source->lock);
  VizAsk *ask = &source->ask;
  const bool taken = head >= 0 && head < POL_HEADS_MAX && ask->asked[head] && option >= 0 &&
                     option < POL_OPTIONS_MAX && (ask->legal[head] >> option & 1u) != 0;
  if (taken) {
    source->pick[head] = (uint8_t)option;
    ask->asked[head] = false;
    sum_up(ask, persons_options(source));
  }
  pthread_mutex_unlock(&source->lock);
  return taken;
}

void viz_source_leave(VizSource *source) {
  pthread_mutex_lock(&source->lock);
  memset(source->ask.asked, 0, sizeof source->ask.asked);
  source->ask.open = source->ask.urgent = source->ask.serve = false;
  pthread_mutex_unlock(&source->lock);
}

// ---- the log of live play; the lock is held

// no sentence: the match was closed
static void end_log(VizSource *source, const char *why) {
  SimError err = {0};
  if (!source->written) {
    return;
  }
  const SimStatus status = source->log_kind->close(source->written, &err);
  source->written = NULL;
  if (status != SIM_OK) {
    snprintf(source->log_note, sizeof source->log_note, "the log: %.180s", err.text);
  } else if (why) {
    snprintf(source->log_note, sizeof source->log_note, "the log ends here: %.150s", why);
  }
}

// what fails ends the log, not the match
static void write_log(VizSource *source, SimStatus (*write)(void *, const PolPlay *, SimError *)) {
  SimError err = {0};
  if (source->written && write(source->written, source->play, &err) != SIM_OK) {
    end_log(source, err.text);
  }
}

static void log_start(VizSource *source, int rally) {
  if (source->written && rally != source->to_log) {
    end_log(source, "rallies are logged in order");
  } else if (source->written) {
    source->to_log++;
    write_log(source, source->log_kind->start);
  }
}

bool viz_source_take_note(char *out, size_t size, VizSource *source) {
  pthread_mutex_lock(&source->lock);
  const bool noted = source->log_note[0] != '\0';
  snprintf(out, size, "%s", source->log_note);
  source->log_note[0] = '\0';
  pthread_mutex_unlock(&source->lock);
  return noted;
}

// ---- one step of it

// appends one frame to the live rally; the lock is held
static SimStatus step_live(VizSource *source, SimError *err) {
  static const int ID = 0;
  VizRally *rally = source->live;
  const bool pulled = source->pull.body >= 0;
  SimStatus status = pulled ? apply_pull(source, err) : SIM_OK;
  if (status == SIM_OK) {
    status = pol_play_step(source->play, &ID, 1, err);
  }
  if (status != SIM_OK) {
    return status;
  }
  double *exact;
  VizFrame *frame = viz_rally_next(rally, &exact);
  frame->state = *pol_play_state(source->play, 0);
  sim_batch_save(pol_play_batch(source->play), 0, exact);
  take_drive(frame, source, pol_play_drive(source->play, 0));
  frame->perturbed |= pulled;
  if (pulled) {
    end_log(source, "somebody pulls at a body");
  }
  if (source->written) {
    write_log(source, source->log_kind->step);
  }
  update_ask(source, &frame->state);
  viz_rally_counted(rally);
  const SimWinner winner = frame->state.referee.winner;
  const VizResult result = {.number = (int64_t)frame->state.rally,
                            .winner = winner,
                            .reason = frame->state.referee.reason,
                            .steps = frame->state.referee.step};
  return winner == SIM_PLAYING ? SIM_OK : viz__source_result(source, rally->number, &result, err);
}

static bool can_step(const VizSource *source) {
  return source->live && source->failure.status == SIM_OK && !viz_rally_over(source->live);
}

SimStatus viz_source_produce(VizSource *source, int n, SimError *err) {
  SimStatus status = SIM_OK;
  if (!source->info.live || source->shown != source->live) {
    return SIM_OK;
  }
  pthread_mutex_lock(&source->lock);
  while (status == SIM_OK && can_step(source) && viz_rally_frames(source->live) < n) {
    status = step_live(source, err);
  }
  pthread_mutex_unlock(&source->lock);
  return status;
}

// ---- the thread

static void wait_until(VizSource *source, double time) {
  const struct timespec at = {.tv_sec = (time_t)time,
                              .tv_nsec = (long)((time - floor(time)) * 1e9)};
  pthread_cond_timedwait(&source->wake, &source->lock, &at);
}

static void *run_physics(void *arg) {
  VizSource *source = arg;
  double due = 0;
  pthread_mutex_lock(&source->lock);
  while (!source->quit) {
    if (!(source->speed > 0) || !can_step(source)) {
      due = 0;
      pthread_cond_wait(&source->wake, &source->lock);
      continue;
    }
    const double now = sim_time_wall();
    due = due <= 0 || now - due > FORGET ? now : due;
    if (due > now) {
      wait_until(source, due);
      continue;
    }
    due += SIM_DT / source->speed;
    SimError err = {0};
    if (step_live(source, &err) != SIM_OK) {
      source->failure = err;
    }
    // lets a waiting window in
    pthread_mutex_unlock(&source->lock);
    pthread_mutex_lock(&source->lock);
  }
  pthread_mutex_unlock(&source->lock);
  return NULL;
}

SimStatus viz_source_start_thread(VizSource *source, SimError *err) {
  if (!source->info.live || source->threaded) {
    return SIM_OK;
  }
  if (pthread_create(&source->thread, NULL, run_physics, source) != 0) {
    return sim_error(err, SIM_FAIL, "the physics thread cannot be started");
  }
  source->threaded = true;
  return SIM_OK;
}

bool viz_source_threaded(const VizSource *source) {
  return source->threaded;
}

void viz_source_run(VizSource *source, double speed) {
  if (source->threaded && speed != source->speed) {
    pthread_mutex_lock(&source->lock);
    source->speed = speed;
    pthread_cond_signal(&source->wake);
    pthread_mutex_unlock(&source->lock);
  }
}

SimStatus viz_source_failure(VizSource *source, SimError *err) {
  pthread_mutex_lock(&source->lock);
  const SimStatus status = source->failure.status;
  if (status != SIM_OK) {
    *err = source->failure;
  }
  pthread_mutex_unlock(&source->lock);
  return status;
}

void viz_source_pull(VizSource *source, const VizPull *pull) {
  pthread_mutex_lock(&source->lock);
  source->pull = *pull;
  pthread_mutex_unlock(&source->lock);
}

// ---- starting rallies

// an unfinished rally that loses its match could not go on
static void drop_live(VizSource *source) {
  VizRally *live = source->live;
  source->live = NULL;
  if (!live || viz_rally_over(live)) {
    return;
  }
  int kept = 0;
  for (int i = 0; i < VIZ_KEPT; i++) {
    VizRally *rally = source->kept[i];
    source->kept[i] = NULL;
    if (rally && rally != live) {
      source->kept[kept++] = rally;
    }
  }
  source->shown = source->shown == live ? NULL : source->shown;
  viz_rally_destroy(live);
}

// forgets a finished rally of this number, which is about to be played again
static void drop_number(VizSource *source, int number) {
  int kept = 0;
  for (int i = 0; i < VIZ_KEPT; i++) {
    VizRally *rally = source->kept[i];
    source->kept[i] = NULL;
    if (rally && rally->number != number) {
      source->kept[kept++] = rally;
    } else if (rally) {
      source->shown = source->shown == rally ? NULL : source->shown;
      viz_rally_destroy(rally);
    }
  }
}

static SimStatus live_select(VizSource *source, int rally, SimError *err) {
  static const int ID = 0;
  VizRally *made =
      viz_rally_create(rally, source->info.rules->steps_max + 1, sim_world_row_size(source->model));
  if (!made) {
    return sim_error(err, SIM_FAIL, "no memory for a rally");
  }
  const uint32_t number = (uint32_t)rally;
  pthread_mutex_lock(&source->lock);
  drop_live(source);
  drop_number(source, rally);
  source->failure.status = SIM_OK;
  source->pull.body = -1;
  pol_play_reset(source->play, &ID, 1, &number);
  double *exact;
  VizFrame *frame = viz_rally_next(made, &exact);
  frame->state = *pol_play_state(source->play, 0);
  sim_batch_save(pol_play_batch(source->play), 0, exact);
  memset(source->pick, POL_NOT_ASKED, sizeof source->pick);
  log_start(source, rally);
  update_ask(source, &frame->state);
  viz_rally_counted(made);
  viz__source_show(source, made);
  source->live = made;
  pthread_cond_signal(&source->wake);
  pthread_mutex_unlock(&source->lock);
  return SIM_OK;
}

// ---- opening and closing

static void fill_info(VizSource *source, const VizLive *live) {
  VizInfo *info = &source->info;
  info->live = true;
  info->person = source->person;
  info->seed = live->seed;
  info->rules = live->rules;
  info->skills = POL_SLOTS;
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    snprintf(info->skill[slot], sizeof info->skill[0], "%s", pol_slot_name((PolSlot)slot));
  }
  for (int team = 0; team < SIM_TEAMS; team++) {
    snprintf(info->team[team], sizeof info->team[0], "%s",
             team == source->person ? "human" : source->team[team]->name);
    info->options[team] = source->team[team]->options;
    viz__source_members(source, (SimTeam)team, source->team[team]);
  }
}

// "human", "human:TEAM": whose skills a person's side flies with; NULL for other names
static const char *persons_team(const char *name) {
  static const char WORD[] = "human";
  const size_t n = sizeof WORD - 1;
  if (strncmp(name, WORD, n) != 0 || (name[n] != '\0' && name[n] != ':')) {
    return NULL;
  }
  return name[n] == ':' ? name + n + 1 : VIZ_PERSON_TEAM;
}

static bool load_teams(VizSource *source, const VizLive *live, SimError *err) {
  const char *const name[SIM_TEAMS] = {live->near, live->far};
  for (int side = 0; side < SIM_TEAMS; side++) {
    const char *own = persons_team(name[side]);
    if (own && source->person >= 0) {
      sim_error(err, SIM_USAGE, "saw two sides for a person, wanted one; the other is a team");
      return false;
    }
    source->person = own ? side : source->person;
    source->team[side] = pol_team_load(own ? own : name[side], err);
    if (!source->team[side]) {
      return false;
    }
    if (own && source->team[side]->flat) {
      sim_error(err, SIM_USAGE,
                "saw the flat team '%.60s', wanted one with a strategy: a person "
                "decides in its place",
                own);
      return false;
    }
  }
  return true;
}

static bool open_log(VizSource *source, const VizLive *live, SimError *err) {
  const VizMatch match = {.model = source->model,
                          .team = {source->team[SIM_NEAR], source->team[SIM_FAR]},
                          .person = {source->person == SIM_NEAR, source->person == SIM_FAR},
                          .rules = live->rules,
                          .seed = live->seed};
  source->log_kind = live->log_kind;
  source->written = live->log_kind ? live->log_kind->open(live->log, &match, err) : NULL;
  return source->written || !live->log_kind;
}

static bool open_live(VizSource *source, const VizLive *live, SimError *err) {
  source->info.live = true;
  if (!load_teams(source, live, err)) {
    return false;
  }
  source->data = mj_makeData(source->model->mj);
  source->row = calloc((size_t)sim_world_row_size(source->model), sizeof *source->row);
  if (!source->data || !source->row) {
    sim_error(err, SIM_FAIL, "no memory for a match");
    return false;
  }
  const PolPlayOptions options = {.matches = 1,
                                  .threads = 1,
                                  .seed = live->seed,
                                  .rules = live->rules,
                                  .choose = source->person >= 0 ? choose : NULL,
                                  .choose_arg = source};
  source->play =
      pol_play_create(&options, source->model, source->team[SIM_NEAR], source->team[SIM_FAR], err);
  if (!source->play) {
    return false;
  }
  fill_info(source, live);
  return open_log(source, live, err);
}

static void live_close(VizSource *source) {
  if (source->threaded) {
    pthread_mutex_lock(&source->lock);
    source->quit = true;
    pthread_cond_signal(&source->wake);
    pthread_mutex_unlock(&source->lock);
    pthread_join(source->thread, NULL);
  }
  end_log(source, NULL);
  if (source->log_note[0]) {
    fprintf(stderr, "hcsp-view: %s\n", source->log_note);
  }
  pol_play_destroy(source->play);
  if (source->data) {
    mj_deleteData(source->data);
  }
  free(source->row);
}

static int live_find(VizSource *source, int64_t number, SimError *err) {
  (void)source;
  (void)err;
  return (int)number;
}

static const VizSourceKind LIVE = {.select = live_select, .find = live_find, .close = live_close};

VizSource *viz_source_open_live(const SimModel *model, const VizLive *live, SimError *err) {
  VizSource *source = viz__source_create(&LIVE, model, err);
  if (source && !open_live(source, live, err)) {
    viz_source_close(source);
    return NULL;
  }
  return source;
}

// ---- forking

// shows the teams the rally up to `frame`, so that they remember what they would remember, and puts
// the match there
static SimStatus teach(VizSource *source, const VizRally *from, int frame, SimError *err) {
  static const int ID = 0;
  const uint32_t number = (uint32_t)from->frame[0].state.rally;
  SimStatus status = SIM_OK;
  pol_play_reset(source->play, &ID, 1, &number);
  for (int i = 0; status == SIM_OK && i <= frame; i++) {
    const double *exact = from->row + (size_t)i * (size_t)from->row_size;
    status =
        sim_batch_load(pol_play_batch(source->play), 0, exact, &from->frame[i].state.events, err);
    if (status == SIM_OK && i < frame) {
      status = pol_play_step(source->play, &ID, 1, err);
    }
  }
  return status;
}

// skills of the frames taken over, by name
static uint8_t translate(const VizInfo *from, uint8_t skill) {
  const int slot = skill < from->skills ? pol_slot_find(from->skill[skill]) : -1;
  return slot >= 0 ? (uint8_t)slot : VIZ_NO_SKILL;
}

static VizRally *copy_rally(const VizSource *from, int frame, const SimRules *rules) {
  const VizRally *rally = from->shown;
  VizRally *made = viz_rally_create(rally->number, rules->steps_max + 1, rally->row_size);
  for (int i = 0; made && i <= frame; i++) {
    double *exact;
    VizFrame *copy = viz_rally_next(made, &exact);
    *copy = rally->frame[i];
    memcpy(exact, rally->row + (size_t)i * (size_t)rally->row_size,
           (size_t)rally->row_size * sizeof *exact);
    for (int d = 0; d < SIM_DRONES; d++) {
      copy->skill[d] = translate(&from->info, copy->skill[d]);
    }
    memset(copy->option, VIZ_NO_OPTION, sizeof copy->option);
    for (int team = 0; team < SIM_TEAMS; team++) {
      copy->choice[team] = VIZ_NO_CHOICE;
    }
    viz_rally_counted(made);
  }
  return made;
}

VizSource *viz_source_fork(const VizSource *from, int frame, const char *near, const char *far,
                           SimError *err) {
  const VizRally *rally = from->shown;
  assert(rally && frame >= 0 && frame < viz_rally_frames(rally));
  if (!rally->row || rally->frame[frame].state.referee.winner != SIM_PLAYING) {
    sim_error(err, SIM_USAGE, "cannot play on from step %d: %s", frame,
              rally->row ? "the rally is over there" : "its exact state is not known");
    return NULL;
  }
  const VizLive live = {
      .near = near, .far = far, .seed = rally->frame[0].state.seed, .rules = from->info.rules};
  VizSource *source = viz_source_open_live(from->model, &live, err);
  if (!source) {
    return NULL;
  }
  VizRally *made = copy_rally(from, frame, live.rules);
  SimStatus status =
      made ? teach(source, rally, frame, err) : sim_error(err, SIM_FAIL, "no memory for a rally");
  for (int i = 0; status == SIM_OK && i < rally->number && i < from->results; i++) {
    status = viz__source_result(source, i, &from->result[i], err);
  }
  if (status != SIM_OK) {
    viz_rally_destroy(made);
    viz_source_close(source);
    return NULL;
  }
  viz__source_show(source, made);
  source->live = made;
  return source;
}
