// The 3v3 match as a task for policies that fly without skills: what each drone is paid, and how
// rallies may start. The referee is that of every match. Source: sim/README.md 9, where
// reward and anchors are those of the reference; faults that end a rally there and not here are
// paid, once. What the reference lacks is pay for the direction of a touch: see `send`.
#ifndef HCSP_ENV_TASKS_FLAT_H_
#define HCSP_ENV_TASKS_FLAT_H_

#include "hcsp/env/tasks/flat_duty.h"
#include "sim/base/rng.h"
#include "sim/obs.h"
#include "sim/world.h"

typedef struct TaskFlatPay {
  double result;     // + the team that wins, - the one that loses, each drone
  double hit;        // a legal touch, to each drone of the team
  double send;       // a legal touch that sends the ball over the net, less the more it falls short
  double ball;       // at the ball, while the drone may touch it; 1 / (1 + distance), per decision
  double anchor;     // at its anchor, likewise
  double ground;     // cost of a drone on the ground, its own
  double close;      // cost of coming too close to a team-mate, its own
  double clearance;  // m, nearer than this is too close
  double strike;     // x what the task of a strike pays the drone whose ball it is
  double apex;       // m, of the balls it is to return
  double scale;      // of all of these
  const StrikeKeys *strike_keys;  // when strike > 0
} TaskFlatPay;

// What is remembered of a rally; plain numbers.
typedef struct TaskFlatMarks {
  uint8_t close[SIM_DRONES];  // is too close to a team-mate, and has been paid for it
  TaskDuty duty;
} TaskFlatMarks;

// Whether a drone may touch the ball: it is over its half and the drone has not hit it there;
// before the serve only the server may.
bool task_flat_eligible(const SimState *state, int drone);
// Adds what the events of a control step pay.
void task_flat_pay_step(double pay[SIM_DRONES], TaskFlatMarks *marks, const TaskFlatPay *task,
                        const SimState *state);
// Adds what a decision pays for where everybody is at its end.
void task_flat_pay_place(double pay[SIM_DRONES], TaskFlatMarks *marks, const TaskFlatPay *task,
                         const SimState *state);

// How a rally starts.
typedef enum TaskFlatStart {
  TASK_FLAT_SERVE,   // as a match does
  TASK_FLAT_NEAR,    // the same with the server somewhere on the way to the net
  TASK_FLAT_FALLEN,  // the same with a part of the ball's fall over
  TASK_FLAT_FLYING,  // the ball is on its way over the net
  TASK_FLAT_STARTS,
} TaskFlatStart;

// Changes where ball and server are; server has the ball, or has sent it. Nothing for a serve. A
// ball on its way is one that the receiving passer can meet at an acceleration between 2.5 and
// reach (m/s2, 0: any); the one that was drawn last, should many draws find none.
void task_flat_start(SimView *view, TaskFlatStart start, SimTeam server, double reach, SimRng *rng);

#endif  // HCSP_ENV_TASKS_FLAT_H_
