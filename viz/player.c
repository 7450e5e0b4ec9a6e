#include "viz/player.h"

#include <assert.h>
#include <math.h>

// s of screen time
#define BEFORE_SLOW 0.7
#define RESULT 2.0
#define SLOW_SPEED 0.2

static const double LADDER[] = {1.0 / 64, 1.0 / 32, 1.0 / 16, 1.0 / 8, 1.0 / 5, 1.0 / 4,
                                1.0 / 3,  1.0 / 2,  2.0 / 3,  1,       1.5,     2,
                                3,        4,        6,        8};
enum { LADDER_STEPS = sizeof LADDER / sizeof LADDER[0], REAL_TIME = 9 };

// whether a thread appends to what is shown; without one the player asks for frames itself
static bool at_newest(const VizSource *source) {
  return viz_source_threaded(source) && viz_source_playing(source);
}

void viz_player_init(VizPlayer *player, VizSource *source) {
  *player = (VizPlayer){.slow_motion = true, .go_on = true, .speed_step = REAL_TIME};
  if (source) {
    viz_player_rewind(player, source);
  }
}

void viz_player_rewind(VizPlayer *player, VizSource *source) {
  player->source = source;
  player->at = 0;
  player->follow = at_newest(source) && viz_source_frames(source) == 1;
  player->phase = VIZ_PLAY;
  player->phase_time = 0;
  player->instant = false;
}

static int last_frame(const VizPlayer *player) {
  return viz_source_frames(player->source) - 1;
}

double viz_player_speed(const VizPlayer *player) {
  assert(player->speed_step >= 0 && player->speed_step < LADDER_STEPS);
  return LADDER[player->speed_step];
}

void viz_player_change_speed(VizPlayer *player, int by) {
  const int step = player->speed_step + by;
  player->speed_step = step < 0 ? 0 : step >= LADDER_STEPS ? LADDER_STEPS - 1 : step;
}

void viz_player_set_speed(VizPlayer *player, double speed) {
  assert(speed > 0);
  player->speed_step = REAL_TIME;
  for (int i = 0; i < LADDER_STEPS; i++) {
    if (fabs(log(LADDER[i] / speed)) < fabs(log(LADDER[player->speed_step] / speed))) {
      player->speed_step = i;
    }
  }
}

// ---- time passing

static void enter(VizPlayer *player, VizPhase phase) {
  player->phase = phase;
  player->phase_time = 0;
  if (phase == VIZ_SLOW) {
    player->at = fmax(0, last_frame(player) - VIZ_DECIDING_FRAMES);
  }
}

static SimStatus next_rally(VizPlayer *player, SimError *err) {
  const VizInfo *info = viz_source_info(player->source);
  if (player->instant) {
    const double at = player->return_at;
    const int rally = player->return_rally;
    const SimStatus status = viz_player_go_rally(player, rally, err);
    player->at = status == SIM_OK ? fmin(at, last_frame(player)) : player->at;
    player->follow = at_newest(player->source) && player->at >= last_frame(player);
    return status;
  }
  const int next = viz_source_rally(player->source) + 1;
  if (!player->go_on || (info->rallies > 0 && next >= info->rallies)) {
    player->paused = !info->live || player->paused;
    return SIM_OK;
  }
  return viz_player_go_rally(player, next, err);
}

static SimStatus pass_play(VizPlayer *player, double dt, SimError *err) {
  assert(dt >= 0);
  player->at += dt * viz_player_speed(player) / SIM_DT;
  if (!viz_source_threaded(player->source)) {
    const SimStatus status = viz_source_produce(player->source, (int)player->at + 2, err);
    if (status != SIM_OK) {
      return status;
    }
  }
  const int last = last_frame(player);
  if (player->follow || player->at >= last) {
    player->follow = at_newest(player->source);
    player->at = last;
  }
  if (viz_source_over(player->source) && player->at >= last && player->loop) {
    player->at = 0;
  } else if (viz_source_over(player->source) && player->at >= last) {
    const bool slow = player->slow_motion && !player->instant;
    enter(player, slow ? VIZ_PAUSE_BEFORE_SLOW : VIZ_RESULT);
  }
  return SIM_OK;
}

SimStatus viz_player_advance(VizPlayer *player, double dt, SimError *err) {
  const int last = last_frame(player);
  if (player->paused || last < 0) {
    return SIM_OK;
  }
  player->phase_time += dt;
  switch (player->phase) {
  case VIZ_PLAY:
    return pass_play(player, dt, err);
  case VIZ_PAUSE_BEFORE_SLOW:
    if (player->phase_time >= BEFORE_SLOW) {
      enter(player, VIZ_SLOW);
    }
    break;
  case VIZ_SLOW:
    player->at =
        fmin(last, player->at + dt * SLOW_SPEED * fmin(1, viz_player_speed(player)) / SIM_DT);
    if (player->at >= last) {
      enter(player, VIZ_RESULT);
    }
    break;
  case VIZ_RESULT:
    if (player->phase_time >= RESULT) {
      return next_rally(player, err);
    }
    break;
  }
  return SIM_OK;
}

// ---- moving by hand

void viz_player_seek(VizPlayer *player, int frame) {
  const int last = last_frame(player);
  player->at = frame < 0 ? 0 : frame > last ? last : frame;
  player->phase = VIZ_PLAY;
  player->follow = at_newest(player->source) && player->at >= last;
}

SimStatus viz_player_step(VizPlayer *player, int frames, SimError *err) {
  const int to = viz_player_frame(player) + frames;
  player->paused = true;
  SimStatus status = SIM_OK;
  if (to > last_frame(player) && viz_source_playing(player->source)) {
    status = viz_source_produce(player->source, to + 1, err);
  }
  viz_player_seek(player, to);
  return status;
}

void viz_player_skip(VizPlayer *player, double seconds) {
  viz_player_seek(player, viz_player_frame(player) + (int)lround(seconds / SIM_DT));
}

void viz_player_step_touch(VizPlayer *player, int by) {
  const VizSource *source = player->source;
  const int now = viz_player_frame(player);
  int to = by < 0 ? 0 : last_frame(player);
  for (int i = 0; i < viz_source_touches(source); i++) {
    const int at = viz_source_touch(source, i)->frame;
    to = by < 0 && at < now ? at : by > 0 && at > now && at < to ? at : to;
  }
  player->paused = true;
  viz_player_seek(player, to);
}

SimStatus viz_player_go_rally(VizPlayer *player, int rally, SimError *err) {
  const int rallies = viz_source_info(player->source)->rallies;
  const int to = rally < 0 ? 0 : rallies > 0 && rally >= rallies ? rallies - 1 : rally;
  const SimStatus status = viz_source_select(player->source, to, err);
  if (status == SIM_OK) {
    viz_player_rewind(player, player->source);
  }
  return status;
}

SimStatus viz_player_instant_replay(VizPlayer *player, SimError *err) {
  const int rally = viz_source_rally(player->source);
  const bool over = viz_source_over(player->source) && viz_player_knows_end(player);
  const int last = over ? rally : rally - 1;
  if (player->instant || last < 0) {
    viz_player_seek(player, 0);
    return SIM_OK;
  }
  const double at = player->at;
  const SimStatus status = viz_player_go_rally(player, last, err);
  if (status == SIM_OK) {
    player->instant = true;
    player->return_rally = rally;
    player->return_at = at;
    player->paused = false;
  }
  return status;
}

// ---- what is on the screen

int viz_player_frame(const VizPlayer *player) {
  const int last = last_frame(player);
  const int frame = (int)floor(player->at);
  assert(frame >= 0);
  return frame > last ? last : frame;
}

double viz_player_fraction(const VizPlayer *player) {
  return viz_player_frame(player) < last_frame(player) ? player->at - floor(player->at) : 0;
}

bool viz_player_live(const VizPlayer *player) {
  return player->follow && !player->paused && player->phase == VIZ_PLAY &&
         viz_source_playing(player->source);
}

bool viz_player_knows_end(const VizPlayer *player) {
  return viz_source_over(player->source) &&
         (player->phase != VIZ_PLAY || player->at >= last_frame(player));
}
