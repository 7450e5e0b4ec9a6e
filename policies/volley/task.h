// What each drone of a team does between decisions, by its plan (plan.h) and the clock: who
// strikes, strikes; who has struck recovers; the others wait at their places, past the air above a
// digger and out of the ball's way. Functions of the processor and of a GPU.
#ifndef POLICIES_VOLLEY_TASK_H_
#define POLICIES_VOLLEY_TASK_H_

#include <math.h>
#include <string.h>

#include "policies/skill.h"
#include "sim/vec.h"

#define POL_TASK_COLUMN_RADIUS 1.3  // m, which is also kept on the way
#define POL_TASK_LOW 1.2            // m, where the others wait until then
#define POL_TASK_BALL_AWAY 0.8      // m, that who waits keeps from the ball's path

// Which touch is next: counted, whoever takes it.
typedef enum PolTurn {
  POL_TURN_DEFEND,  // nobody of the team may or need touch the ball
  POL_TURN_SERVE,
  POL_TURN_FIRST,
  POL_TURN_SECOND,
  POL_TURN_THIRD,
} PolTurn;

typedef struct PolPlan {
  uint8_t turn;                // PolTurn
  int8_t striker;              // 0 to 2 of its team, -1: nobody strikes
  bool mirrored[SIM_ROLES];    // whose skill sees the court in the mirror
  uint8_t slot;                // of the striker
  SimGoal goal;                // of the striker
  double column[2];            // m, x and y of the air to be kept free
  int column_until;            // control step until which it is kept
  double place[SIM_ROLES][3];  // m, where who does not strike waits
  double rest[SIM_ROLES][3];   // m, where who has struck recovers
  int rest_until[SIM_ROLES];   // control step until which it does
  uint8_t rest_slot[SIM_ROLES];
} PolPlan;

// What a drone is to do in the coming control step.
typedef struct PolTask {
  PolSlot slot;
  SimGoal goal;  // team frame
  bool mirrored;
} PolTask;

// moves point out of a circle about centre, away from it
SIM_HD void pol_task_push_out(double point[3], const double centre[2], double radius) {
  const double x = point[0] - centre[0], y = point[1] - centre[1];
  const double distance = hypot(x, y);
  if (distance < radius) {
    // straight back from right below
    const double scale = distance > 1e-6 ? radius / distance : 0;
    point[0] = centre[0] + (distance > 1e-6 ? scale * x : radius);
    point[1] = centre[1] + scale * y;
  }
}

// a way from `from` to point that leads through the circle touches it instead, and is as long
SIM_HD void pol_task_go_past(double point[3], const double from[3], const double centre[2],
                             double radius) {
  const double way[2] = {point[0] - from[0], point[1] - from[1]};
  const double to[2] = {centre[0] - from[0], centre[1] - from[1]};
  const double far = hypot(way[0], way[1]), distance = hypot(to[0], to[1]);
  const double along = (way[0] * to[0] + way[1] * to[1]) / (far * far);
  const double aside = (way[0] * to[1] - way[1] * to[0]) / far;
  if (!(along > 0 && along < 1 && fabs(aside) < radius && distance > 0)) {
    return;
  }
  const double turn = asin(fmin(radius / distance, 1.0)) * (aside > 0 ? -1 : 1);
  point[0] = from[0] + far / distance * (to[0] * cos(turn) - to[1] * sin(turn));
  point[1] = from[1] + far / distance * (to[0] * sin(turn) + to[1] * cos(turn));
}

SIM_HD void pol_task_keep_column_free(double point[3], const PolPlan *plan, const double pos[3],
                                      int step) {
  if (step >= plan->column_until) {
    return;
  }
  if (plan->turn == POL_TURN_FIRST) {
    point[2] = fmin(point[2], POL_TASK_LOW);
  }
  pol_task_push_out(point, plan->column, POL_TASK_COLUMN_RADIUS);
  pol_task_go_past(point, pos, plan->column, POL_TASK_COLUMN_RADIUS);
}

// who waits where the ball will pass steps aside
SIM_HD void pol_task_dodge(double point[3], const double ball[3], const double ball_vel[3]) {
  enum { SAMPLES = 40 };
  const double end = sim_fall_time(ball[2], ball_vel[2], SIM_GROUND);
  double nearest = POL_TASK_BALL_AWAY, centre[2] = {0, 0};
  for (int i = 0; i <= SAMPLES && isfinite(end); i++) {
    const double t = end * i / (double)SAMPLES;
    double at[3], way[3];
    vec_add_scaled(at, ball, t, ball_vel);
    at[2] -= SIM_GRAVITY * t * t / 2;
    vec_sub(way, point, at);
    if (vec_norm(way) < nearest) {
      nearest = vec_norm(way);
      centre[0] = at[0];
      centre[1] = at[1];
    }
  }
  if (nearest < POL_TASK_BALL_AWAY) {
    pol_task_push_out(point, centre, POL_TASK_BALL_AWAY);
  }
}

// What drone (0 to 5) of view does in the control step behind `step`. Of the view only the ball and
// that drone are read.
SIM_HD void pol_task_find(PolTask *task, const PolPlan *plan, const SimView *view, int step,
                          int drone) {
  const SimTeam team = sim_team(drone);
  const int own = (int)sim_role(drone);
  task->mirrored = plan->mirrored[own];
  if (own == plan->striker) {
    task->slot = (PolSlot)plan->slot;
    task->goal = plan->goal;
    return;
  }
  memset(&task->goal, 0, sizeof task->goal);
  task->goal.flight = task->goal.apex = task->goal.strike_z = (double)NAN;
  if (step < plan->rest_until[own]) {
    task->slot = (PolSlot)plan->rest_slot[own];
    vec_copy(task->goal.point, plan->rest[own]);
    return;
  }
  double pos[3], ball[3], ball_vel[3];
  sim_mirror_vec(pos, view->drone[drone].pos, team);
  sim_mirror_vec(ball, view->ball_pos, team);
  sim_mirror_vec(ball_vel, view->ball_vel, team);
  task->slot = POL_GOTO;
  vec_copy(task->goal.point, plan->place[own]);
  pol_task_keep_column_free(task->goal.point, plan, pos, step);
  pol_task_dodge(task->goal.point, ball, ball_vel);
}

#endif  // POLICIES_VOLLEY_TASK_H_
