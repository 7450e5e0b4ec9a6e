// The log's float32 rows would do for most columns, but flags are not in it: states come from the
// exact replay.
#include "sim/record/observe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/replay.h"

// whether a skill of the log is one of those names
static bool is_one_of(const SimLogInfo *info, uint8_t skill, const char *const *names, int n) {
  for (int i = 0; skill < info->skills && i < n; i++) {
    if (strcmp(info->skill[skill], names[i]) == 0) {
      return true;
    }
  }
  return false;
}

static void fill_ask(SimAsk *ask, const SimLogInfo *info, const SimRally *rally, int row,
                     int drone) {
  static const char *const STRIKES[] = {"serve", "receive", "pass", "set", "attack"};
  static const char *const ATTACK[] = {"attack"};
  memset(ask, 0, sizeof *ask);
  if (rally->info.steps == 0) {
    return;
  }
  const int step = row < rally->info.steps ? row : rally->info.steps - 1;
  const uint8_t skill = rally->skill[step][drone];
  const float *goal = rally->goal[step][drone];
  const double point[3] = {(double)goal[0], (double)goal[1], (double)goal[2]};
  sim_mirror_vec(ask->point, point, sim_team(drone));
  ask->my_turn = is_one_of(info, skill, STRIKES, 5);
  if (is_one_of(info, skill, ATTACK, 1)) {
    ask->side[ask->point[1] < 0] = true;  // left is (0,1)
  }
}

// What drives the step from that row.
static void fill_goal(SimGoal *goal, const SimAsk *ask, const SimRally *rally, int row, int drone) {
  const int step = row < rally->info.steps ? row : rally->info.steps - 1;
  *goal = (SimGoal){.flight = (double)rally->flight[step][drone],
                    .apex = (double)rally->apex[step][drone],
                    .strike_z = (double)rally->strike_z[step][drone]};
  memcpy(goal->point, ask->point, sizeof goal->point);
}

static void observe_row(float *out, const SimObservations *obs, const SimState *state,
                        const SimLogInfo *info, const SimRally *rally, int row) {
  for (int viewer = 0; viewer < obs->viewers; viewer++, out += obs->size) {
    if (sim_obs_per_team(obs->layout)) {
      sim_obs_strategy(out, &state->view, &state->referee.stale, (SimTeam)viewer);
    } else if (obs->layout == SIM_OBS_FLAT57) {
      sim_obs_flat(out, &state->view, &state->referee.flags, viewer);
    } else {
      SimAsk ask;
      fill_ask(&ask, info, rally, row, viewer);
      if (sim_obs_has_goal(obs->layout)) {
        SimGoal goal;
        fill_goal(&goal, &ask, rally, row, viewer);
        sim_obs_goal(out, obs->layout, &state->view, viewer, &goal);
      } else {
        sim_obs_drone(out, obs->layout, &state->view, viewer, &ask);
      }
    }
  }
}

SimStatus sim_observe_rally(SimObservations *obs, const SimModel *model, const SimLogInfo *info,
                            const SimRally *rally, SimLayout layout, const SimTeamObserver *team,
                            SimError *err) {
  const int rows = rally->info.steps + 1;
  const int viewers = sim_obs_per_team(layout) ? SIM_TEAMS : SIM_DRONES,
            size = sim_obs_size(layout);
  const size_t row_size = (size_t)(viewers * size);
  *obs = (SimObservations){0};
  const bool strike = layout == SIM_OBS_STRIKE43 && info->schema == 1;
  const bool remembers = layout == SIM_OBS_COURT128 || layout == SIM_OBS_VOLLEY230;
  if (strike || (remembers && !team)) {
    return sim_error(
        err, SIM_USAGE, "layout %s needs %s, which this log does not hold; wanted another layout",
        sim_obs_name(layout),
        strike ? "the apex and the strike height of the goal" : "what the strategies remember");
  }
  *obs = (SimObservations){.layout = layout, .rows = rows, .viewers = viewers, .size = size};
  obs->value = calloc((size_t)rows * row_size, sizeof *obs->value);
  if (!obs->value) {
    return sim_error(err, SIM_FAIL, "no memory for the observations of a rally");
  }
  SimReplay *replay = sim_replay_create(model, info, rally, false, err);
  if (!replay) {
    sim_observations_free(obs);
    return SIM_BAD_INPUT;
  }
  SimStatus status = SIM_OK;
  for (int row = 0; status == SIM_OK && row < rows; row++) {
    status = sim_replay_seek(replay, row, err);
    if (status == SIM_OK && remembers) {
      team->observe(obs->value + (size_t)row * row_size, team->arg, rally, row,
                    sim_replay_state(replay));
    } else if (status == SIM_OK) {
      observe_row(obs->value + (size_t)row * row_size, obs, sim_replay_state(replay), info, rally,
                  row);
    }
  }
  sim_replay_destroy(replay);
  if (status != SIM_OK) {
    sim_observations_free(obs);
  }
  return status;
}

void sim_observations_free(SimObservations *obs) {
  free(obs->value);
  memset(obs, 0, sizeof *obs);
}
