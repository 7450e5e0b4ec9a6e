// One world after another: a trial takes milliseconds.
#include "hcsp/eval/strike_starts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/skill_outcome.h"
#include "hcsp/league/interval.h"
#include "hcsp/run/interrupt.h"
#include "policies/dig.h"
#include "sim/batch.h"
#include "sim/vec.h"

enum { TRIAL_STEPS = 500, SCRATCH = 2 * POL_NET_WIDTH_MAX * POL_NET_TILE };
#define GOOD_ERROR 0.5  // m, hcsp/README.md 8.1
#define FINE_ERROR 0.3

static const SimRules PRACTICE = {.name = "practice", .steps_max = 1 << 30, .play_on = true};

// ---- one trial

typedef struct Trial {
  const EvalStartsRun *run;
  SimBatch *batch;
  TaskEpisode episode;
  EvalStart *out;
  int touched;  // control step of the touch, 0: not yet
  bool followed;
  float *scratch;
} Trial;

static void note_start(EvalStart *out, const TaskEpisode *episode, const SimView *view) {
  const SimDrone *drone = &view->drone[TASK_LEARNER];
  SimStrike plan;
  sim_strike_plan(&plan, &episode->goal, view->ball_pos, view->ball_vel);
  *out = (EvalStart){.family = episode->start,
                     .effort = pol_dig_effort(&episode->goal, drone->pos, drone->vel,
                                              view->ball_pos, view->ball_vel),
                     .way = hypot(plan.drone[0] - drone->pos[0], plan.drone[1] - drone->pos[1]),
                     .x = plan.ball[0],
                     .flight = plan.flight,
                     .over = episode->goal.point[0] < 0,
                     .error = (double)NAN};
}

static void act(float action[SIM_ROTORS], const Trial *t, const SimState *state) {
  float obs[SIM_OBS_MAX];
  const SimLayout layout = t->touched ? SIM_OBS_HOVER27 : SIM_OBS_STRIKE43;
  const SimGoal *goal = t->touched ? &t->episode.next : &t->episode.goal;
  sim_obs_goal(obs, layout, &state->view, TASK_LEARNER, goal);
  pol_net_forward(action, t->touched ? t->run->hover : t->run->net, obs, 1, t->scratch);
}

// the ball's flight once the contact is certainly over
static void follow(Trial *t, const SimState *state) {
  assert(t->touched > 0 && !t->followed);
  EvalFlight from;
  TaskStrikeFlight flight;
  eval_flight_from(&from, state->view.ball_pos, state->view.ball_vel);
  task_flight(&flight, &t->episode.goal, from.pos, from.vel);
  const double *land = flight.landing;
  const bool in = flight.arrives && land[0] < 0 && land[0] > -SIM_COURT_HALF_X &&
                  fabs(land[1]) < SIM_COURT_HALF_Y;
  t->out->error = flight.miss;
  t->out->good =
      t->out->over ? in && flight.clearance > 0 : flight.arrives && flight.miss < GOOD_ERROR;
  t->followed = true;
}

// true when the drone has made a fault
static bool watch(Trial *t, const SimState *state) {
  bool fault = state->view.drone[TASK_LEARNER].pos[2] > 6;
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    if (event->drone != TASK_LEARNER) {
      continue;
    }
    fault |= event->kind == SIM_EVENT_DRONE_GROUND || event->kind == SIM_EVENT_DRONE_NET ||
             event->kind == SIM_EVENT_DOUBLE_TOUCH || event->kind == SIM_EVENT_BODY_TOUCH;
    if (event->kind == SIM_EVENT_TOUCH && !t->touched) {
      t->touched = state->referee.step;
      t->out->hit = true;
    }
  }
  if (t->touched && !t->followed &&
      (fault || state->referee.step - t->touched >= SIM_TOUCH_COOLDOWN)) {
    follow(t, state);
  }
  return fault;
}

static SimStatus fly(Trial *t, SimError *err) {
  const int id = 0, every = (int)t->run->config->every;
  float action[1][SIM_DRONES][SIM_ROTORS] = {{{0}}};
  bool fault = false;
  for (int s = 0; !fault && s < TRIAL_STEPS; s++) {
    const SimState *state = sim_batch_state(t->batch, 0);
    if (s % every == 0) {
      act(action[0][TASK_LEARNER], t, state);
    }
    SIM_TRY(sim_batch_step(t->batch, &id, 1, (const float(*)[SIM_DRONES][SIM_ROTORS])action, err));
    fault = watch(t, state);
    // a ball on the ground will not be struck any more
    if (!t->touched && state->view.ball_pos[2] < SIM_GROUND) {
      break;
    }
  }
  t->out->survived = t->touched && !fault;
  return SIM_OK;
}

static SimStatus run_trials(EvalStart *start, const EvalStartsRun *run, const Task *task,
                            SimBatch *batch, float *scratch, SimError *err) {
  for (int i = 0; i < run->trials; i++) {
    Trial t = {.run = run, .batch = batch, .out = &start[i], .scratch = scratch};
    SimView view = {.roster = 1u << TASK_LEARNER};
    SimRng rng = sim_rng(run->seed, (uint32_t)i, 0, SIM_RNG_TASK);
    task->start(task, &t.episode, &view, &rng);
    note_start(&start[i], &t.episode, &view);
    sim_batch_place(batch, 0, &view, SIM_NEAR, &t.episode.wash);
    SIM_TRY(fly(&t, err));
    if (run_interrupted()) {
      return sim_error(err, SIM_INTERRUPTED, "interrupted after %d of %d trials", i, run->trials);
    }
  }
  return SIM_OK;
}

SimStatus eval_starts_measure(EvalStart *start, const EvalStartsRun *run, SimError *err) {
  assert(run->trials >= 1 && run->net && run->hover);
  if (strcmp(run->config->kind->name, "strike") != 0) {
    return sim_error(err, SIM_USAGE, "skill '%s': saw the task '%s', wanted one that strikes",
                     run->config->name, run->config->kind->name);
  }
  const SimModelOptions options = {.roster = 1u << TASK_LEARNER, .downwash = true};
  SimModel *model = sim_model_create(&options, err);
  SimBatch *batch = model ? sim_batch_create(model, &PRACTICE, 1, 1, err) : NULL;
  Task *task = task_create(run->config, NULL);
  float *scratch = sim_new(SCRATCH, sizeof *scratch);
  const SimStatus status = batch ? run_trials(start, run, task, batch, scratch, err) : err->status;
  free(scratch);
  task_destroy(task);
  sim_batch_destroy(batch);
  sim_model_destroy(model);
  return status;
}

// ---- tables

typedef enum Axis { BY_FAMILY, BY_EFFORT, BY_WAY, BY_X, BY_FLIGHT, AXES } Axis;
static const char *const AXIS[AXES] = {"family", "effort", "way", "x", "flight"};
enum { EDGES = 13 };
static const double EDGE[AXES][EDGES] = {
    [BY_EFFORT] = {0, 3, 5, 6, 7, 8, 9, 10, 12, 14, 17, 1e9},
    [BY_WAY] = {0, 0.5, 1, 1.5, 2, 2.5, 3, 1e9},
    [BY_X] = {-1e9, 1.2, 1.5, 1.8, 2.1, 2.6, 3.5, 4.5, 1e9},
    [BY_FLIGHT] = {0, 0.7, 0.8, 0.875, 0.925, 1, 1.1, 1.3, 1.6, 1e9}};

static double value_of(const EvalStart *s, Axis axis) {
  return axis == BY_EFFORT ? s->effort : axis == BY_WAY ? s->way : axis == BY_X ? s->x : s->flight;
}

// A row: of one family, or of what lies between two edges of one side of the net.
typedef struct Row {
  double n, hit, good, fine, survived, both, error;
} Row;

static bool belongs(const EvalStart *s, Axis axis, int i, bool over) {
  if (axis == BY_FAMILY) {
    return s->family == i;
  }
  const double value = value_of(s, axis);
  assert(i >= 0 && i + 1 < EDGES);
  return s->over == over && value >= EDGE[axis][i] && value < EDGE[axis][i + 1];
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static Row sum_row(const EvalStart *start, int n, Axis axis, int i, bool over) {
  Row row = {.error = (double)NAN};
  double *error = sim_new((size_t)n + 1, sizeof *error);
  int errors = 0;
  for (int k = 0; k < n; k++) {
    const EvalStart *s = &start[k];
    if (belongs(s, axis, i, over)) {
      row.n++;
      row.hit += s->hit;
      row.good += s->good;
      row.fine += s->hit && s->error < FINE_ERROR;
      row.survived += s->survived;
      row.both += s->good && s->survived;
      if (isfinite(s->error)) {
        error[errors++] = s->error;
      }
    }
  }
  if (errors > 0) {
    qsort(error, (size_t)errors, sizeof *error, by_size);
    row.error = error[errors / 2];
  }
  free(error);
  return row;
}

static void print_share(FILE *out, double of, double n) {
  double low, high;
  league_wilson(&low, &high, of, n);
  fprintf(out, "  %5.1f (%5.1f-%5.1f)", n > 0 ? 100 * of / n : (double)NAN, 100 * low, 100 * high);
}

// nothing for rows without trials
static void print_row(FILE *out, const char *name, const Row *row) {
  if (row->n > 0) {
    fprintf(out, "  %-18s %6.0f", name, row->n);
    print_share(out, row->hit, row->n);
    print_share(out, row->good, row->n);
    print_share(out, row->fine, row->n);
    print_share(out, row->survived, row->hit);
    print_share(out, row->both, row->n);
    fprintf(out, "  %6.2f\n", row->error);
  }
}

static void name_row(char name[64], Axis axis, int i, const TaskConfig *config) {
  if (axis == BY_FAMILY) {
    snprintf(name, 64, "%s", config->start[i].name);
  } else if (EDGE[axis][i + 1] > 1e8) {
    snprintf(name, 64, "from %g", EDGE[axis][i]);
  } else if (EDGE[axis][i] < -1e8) {
    snprintf(name, 64, "below %g", EDGE[axis][i + 1]);
  } else {
    snprintf(name, 64, "%g to %g", EDGE[axis][i], EDGE[axis][i + 1]);
  }
}

static int rows_of(Axis axis, const TaskConfig *config) {
  int n = 0;
  if (axis == BY_FAMILY) {
    return config->starts;
  }
  while (n + 1 < EDGES && EDGE[axis][n + 1] != 0) {
    n++;
  }
  return n;
}

static void print_table(FILE *out, const EvalStart *start, const EvalStartsRun *run, Axis axis,
                        bool over) {
  static const char *const UNIT[AXES] = {"", ", m/s2", ", m", " of the strike, m",
                                         " of the ball, s"};
  fprintf(out, "by %s%s%s\n", AXIS[axis], UNIT[axis],
          axis == BY_FAMILY ? ""
          : over            ? ", over the net"
                            : ", to the own side");
  fprintf(out, "  %-18s %6s  %-19s  %-19s  %-19s  %-19s  %-19s  %6s\n", "", "n", "hit %", "good %",
          "within 0.3 m %", "survives %, of hits", "good and alive %", "miss m");
  for (int i = 0; i < rows_of(axis, run->config); i++) {
    char name[64];
    const Row row = sum_row(start, run->trials, axis, i, over);
    name_row(name, axis, i, run->config);
    print_row(out, name, &row);
  }
}

static bool any(const EvalStart *start, int n, bool over) {
  for (int i = 0; i < n; i++) {
    if (start[i].over == over) {
      return true;
    }
  }
  return false;
}

void eval_starts_print(FILE *out, const EvalStart *start, const EvalStartsRun *run) {
  fprintf(out, "%s: %d starts; good: within %.1f m of the point, or over the net in court\n",
          run->config->name, run->trials, GOOD_ERROR);
  print_table(out, start, run, BY_FAMILY, false);
  for (int over = 0; over < 2; over++) {
    for (int axis = BY_EFFORT; axis < AXES && any(start, run->trials, over); axis++) {
      print_table(out, start, run, (Axis)axis, over);
    }
  }
}

json_t *eval_starts_json(const EvalStart *start, const EvalStartsRun *run) {
  json_t *list = json_array();
  for (int axis = 0; axis < AXES; axis++) {
    for (int i = 0; i < rows_of((Axis)axis, run->config); i++) {
      for (int over = 0; over < (axis == BY_FAMILY ? 1 : 2); over++) {
        char name[64];
        const Row row = sum_row(start, run->trials, (Axis)axis, i, over);
        name_row(name, (Axis)axis, i, run->config);
        if (row.n > 0) {
          json_array_append_new(
              list,
              json_pack("{s:s,s:s,s:b,s:f,s:f,s:f,s:f,s:f,s:f,s:o}", "by", AXIS[axis], "row", name,
                        "over", over, "n", row.n, "hits", row.hit, "good", row.good, "within_0.3",
                        row.fine, "survivals", row.survived, "good_alive", row.both, "error_median",
                        isfinite(row.error) ? json_real(row.error) : json_null()));
        }
      }
    }
  }
  return list;
}
