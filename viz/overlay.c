#include "viz/overlay.h"

#include <assert.h>
#include <math.h>

#include "sim/vec.h"
#include "viz/words.h"

enum { BALL_TRAIL = 72, DRONE_TRAIL = 60, TOUCH_FRAMES = 100, RING_PIECES = 20 };
#define FLOOR 0.012  // m, above court and lines

typedef struct Color {
  float rgba[4];
} Color;

const float *viz_team_color(SimTeam team) {
  assert(team == SIM_NEAR || team == SIM_FAR);
  static const float COLOR[SIM_TEAMS][3] = {{0.98f, 0.48f, 0.14f}, {0.25f, 0.55f, 1.0f}};
  return COLOR[team];
}

static Color team_color(SimTeam team, double alpha) {
  const float *c = viz_team_color(team);
  return (Color){{c[0], c[1], c[2], (float)alpha}};
}

static mjvGeom *add(mjvScene *scene, mjtGeom type, const double size[3], const double pos[3],
                    const double mat[9], const Color *color) {
  assert(scene->ngeom >= 0 && scene->ngeom <= scene->maxgeom);
  if (scene->ngeom >= scene->maxgeom) {
    return NULL;
  }
  mjvGeom *geom = &scene->geoms[scene->ngeom++];
  mjv_initGeom(geom, (int)type, size, pos, mat, color->rgba);
  geom->category = mjCAT_DECOR;
  geom->emission = 0.8f;
  geom->specular = 0;
  geom->castshadow = 0;
  return geom;
}

// a thin box from a to b
static void add_bar(mjvScene *scene, const double a[3], const double b[3], double half,
                    const Color *color) {
  double along[3], side[3], up[3], middle[3];
  vec_sub(along, b, a);
  const double length = vec_norm(along);
  if (length < 1e-6) {
    return;
  }
  vec_add_scaled(middle, a, 0.5, along);
  for (int k = 0; k < 3; k++) {
    along[k] /= length;
  }
  const double steep = fabs(along[2]);
  const double reference[3] = {steep > 0.9 ? 1 : 0, 0, steep > 0.9 ? 0 : 1};
  vec_cross(side, reference, along);
  const double norm = vec_norm(side);
  for (int k = 0; k < 3; k++) {
    side[k] /= norm;
  }
  vec_cross(up, along, side);
  const double size[3] = {length / 2, half, half};
  const double mat[9] = {along[0], side[0],  up[0],   along[1], side[1],
                         up[1],    along[2], side[2], up[2]};
  add(scene, mjGEOM_BOX, size, middle, mat, color);
}

// a level ring of bars
static void add_ring(mjvScene *scene, const double centre[3], double radius, double half,
                     const Color *color) {
  double last[3];
  for (int i = 0; i <= RING_PIECES; i++) {
    const double angle = 2 * M_PI * i / RING_PIECES;
    const double point[3] = {centre[0] + radius * cos(angle), centre[1] + radius * sin(angle),
                             centre[2]};
    if (i > 0) {
      add_bar(scene, last, point, half, color);
    }
    vec_copy(last, point);
  }
}

static void add_disc(mjvScene *scene, const double centre[3], double radius, const Color *color) {
  const double size[3] = {radius, 0.001, 0.001};
  add(scene, mjGEOM_CYLINDER, size, centre, NULL, color);
}

static const double *ball_at(const VizSource *source, int frame) {
  return viz_source_frame(source, frame)->state.view.ball_pos;
}

static void add_ball_trail(VizScene *scene, const VizSource *source, int frame) {
  const double *last = scene->view.ball_pos;
  for (int i = 0; i < BALL_TRAIL && i <= frame; i += 3) {
    const double age = (double)i / BALL_TRAIL, *next = ball_at(source, frame - i);
    const Color color = {{1, 0.95f, 0.55f, (float)(0.75 * (1 - age))}};
    add_bar(&scene->scene, last, next, 0.004 + 0.028 * (1 - age), &color);
    last = next;
  }
}

static void add_drone_trail(VizScene *scene, const VizSource *source, int frame, int drone) {
  assert(frame < viz_source_frames(source));
  const double *last = scene->view.drone[drone].pos;
  for (int i = 0; i < DRONE_TRAIL && i <= frame; i += 4) {
    const double age = (double)i / DRONE_TRAIL;
    const double *next = viz_source_frame(source, frame - i)->state.view.drone[drone].pos;
    const Color color = team_color(sim_team(drone), 0.5 * (1 - age));
    add_bar(&scene->scene, last, next, 0.003 + 0.012 * (1 - age), &color);
    last = next;
  }
}

// dark disc under the ball, and a mark where it would come down
static void add_shadow(VizScene *scene) {
  const double *ball = scene->view.ball_pos;
  const double below[3] = {ball[0], ball[1], FLOOR};
  const double fade = 1 / (1 + 0.15 * fmax(ball[2], 0));
  const Color dark = {{0.02f, 0.04f, 0.05f, (float)(0.55 * fade)}};
  add_disc(&scene->scene, below, 0.11 + 0.015 * ball[2], &dark);
  double landing[3] = {0, 0, FLOOR + 0.004}, time;
  if (!viz_landing(landing, &time, &scene->view, SIM_BALL_RADIUS) || time < 0.05) {
    return;
  }
  const bool in = fabs(landing[0]) <= SIM_COURT_HALF_X && fabs(landing[1]) <= SIM_COURT_HALF_Y;
  const Color mark = {{1, in ? 0.95f : 0.35f, in ? 0.55f : 0.3f, 0.85f}};
  add_ring(&scene->scene, landing, 0.14 + 0.12 * fmin(time, 2), 0.012, &mark);
  const double arm = 0.07;
  for (int k = 0; k < 2; k++) {
    double a[3], b[3];
    vec_copy(a, landing);
    vec_copy(b, landing);
    a[k] -= arm;
    b[k] += arm;
    add_bar(&scene->scene, a, b, 0.012, &mark);
  }
}

// where the strategy wants a drone, or the ball a drone strikes
static void add_target(VizScene *scene, const VizFrame *frame, const VizInfo *info, int drone) {
  double goal[3];
  for (int k = 0; k < 3; k++) {
    goal[k] = (double)frame->goal[drone][k];
    if (!(fabs(goal[k]) < 50)) {
      return;
    }
  }
  const int slot = pol_slot_find(viz_skill_name(info, frame->skill[drone]));
  const bool strikes = slot >= 0 && pol_slot_strikes((PolSlot)slot);
  const Color ring = team_color(sim_team(drone), strikes ? 0.95 : 0.5);
  goal[2] = fmax(goal[2], FLOOR + 0.008);
  add_ring(&scene->scene, goal, strikes ? 0.32 : 0.16, strikes ? 0.018 : 0.009, &ring);
  if (strikes) {
    const Color thin = team_color(sim_team(drone), 0.35);
    add_ring(&scene->scene, goal, 0.16, 0.010, &thin);
    if (goal[2] > 0.3) {
      const double foot[3] = {goal[0], goal[1], FLOOR};
      add_bar(&scene->scene, goal, foot, 0.005, &thin);
    }
  }
}

// a ring that grows where a drone has touched the ball
static void add_touches(VizScene *scene, const VizSource *source, int frame) {
  for (int i = frame; i > 0 && i > frame - TOUCH_FRAMES; i--) {
    const VizFrame *at = viz_source_frame(source, i);
    for (int e = 0; e < at->state.events.n; e++) {
      const SimEvent *event = &at->state.events.event[e];
      if (event->kind != SIM_EVENT_TOUCH || event->drone < 0) {
        continue;
      }
      const double age = (double)(frame - i) / TOUCH_FRAMES;
      const Color color = team_color(sim_team(event->drone), 0.9 * (1 - age));
      add_ring(&scene->scene, at->state.view.ball_pos, 0.14 + 0.5 * age, 0.014, &color);
    }
  }
}

static void add_selection(VizScene *scene) {
  const int body = scene->selected;
  assert(body < SIM_BODIES);
  if (body < 0) {
    return;
  }
  const double *pos = body == SIM_BALL ? scene->view.ball_pos : scene->view.drone[body].pos;
  const Color color = {{1, 1, 1, 0.7f}};
  add_ring(&scene->scene, pos, body == SIM_BALL ? 0.2 : 0.42, 0.008, &color);
}

void viz_overlay_add(VizScene *scene, const VizSource *source, int frame,
                     const VizSwitches *switches) {
  const VizFrame *at = viz_source_frame(source, frame);
  if (switches->shadow && switches->group_ball) {
    add_shadow(scene);
  }
  if (switches->trails && switches->group_ball) {
    add_ball_trail(scene, source, frame);
  }
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    if (!sim_present(&at->state.view, drone)) {
      continue;
    }
    if (switches->trails && switches->group_drones) {
      add_drone_trail(scene, source, frame, drone);
    }
    if (switches->rings) {
      add_target(scene, at, viz_source_info(source), drone);
    }
  }
  if (switches->touches) {
    add_touches(scene, source, frame);
  }
  add_selection(scene);
}
