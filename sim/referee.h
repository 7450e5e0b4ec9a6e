// The referee: pure C, knows no physics engine, and is the only judge of touches, possession,
// faults and results. Rules: the released environment of the paper, envs/high_level/high_level.py,
// as sim/README.md 5.1-5.6 tells them.
#ifndef SIM_REFEREE_H_
#define SIM_REFEREE_H_

#include <stdbool.h>

#include "sim/view.h"

// Faults and ends in the order in which they give the reason of a result (sim/README.md 5.4).
typedef enum SimEventKind {
  SIM_EVENT_TOUCH,         // racket hit, legal or a double touch; drone
  SIM_EVENT_SERVE,         // besides, at the first touch of the rally; drone
  SIM_EVENT_CROSS,         // the ball changed side; no drone
  SIM_EVENT_DRONE_GROUND,  // a drone below 0.3 m; its team loses
  SIM_EVENT_DRONE_NET,     // a drone at or over the net plane
  SIM_EVENT_DOUBLE_TOUCH,  // a second racket hit in one possession
  SIM_EVENT_BODY_TOUCH,    // the ball changed velocity near a drone but not on its racket
  SIM_EVENT_BALL_IN,       // the ball is down in a court; that side loses
  SIM_EVENT_BALL_OUT,      // down elsewhere; the side that hit last loses
  SIM_EVENT_BALL_NET,      // in the net zone; the side that hit last loses
  SIM_EVENT_BOTH,          // only as a reason: both teams are charged, a draw
  SIM_EVENT_TIMEOUT,       // the clock ended, a draw
  SIM_EVENT_RESULT,        // the rally is over
  SIM_EVENT_KINDS,
} SimEventKind;

// "touch", "serve", ...; NULL outside the range.
const char *sim_event_name(SimEventKind kind);

typedef struct SimEvent {
  SimEventKind kind;
  int drone;  // -1 where no drone is meant
} SimEvent;

// 6 drones x 4 kinds, serve, cross, 3 ball faults, time-out, result
enum { SIM_EVENTS_MAX = 32 };
typedef struct SimEvents {
  int n;
  SimEvent event[SIM_EVENTS_MAX];  // in the order of SimEventKind, then drone
} SimEvents;

typedef enum SimWinner { SIM_WIN_NEAR, SIM_WIN_FAR, SIM_DRAW, SIM_PLAYING } SimWinner;
const char *sim_winner_name(SimWinner winner);  // "near", "far", "draw", "playing"

typedef struct SimRules {
  const char *name;  // "court" or "paper"
  int steps_max;     // the clock: a rally that reaches this many steps is a draw
  bool released;     // the receiver obeys its strategy after the dig (a slip of the released code)
  bool play_on;      // faults are events but end nothing: only the clock does (measuring skills)
} SimRules;

// "court" (30 s) or "paper" (15 s); NULL for another name.
const SimRules *sim_rules_find(const char *name);

// The flags that observations carry. Published layouts see them one step late.
typedef struct SimFlags {
  bool already_hit[SIM_DRONES];  // in this possession
  bool is_rally;                 // a setter has touched the ball
} SimFlags;

typedef struct SimReferee {
  int step;  // control steps since reset
  SimTeam server, ball_side, last_hit_side;
  SimFlags flags;  // after this step
  SimFlags stale;  // as observations of the published layouts see them: before this step's touches
  int serve_step;  // steps with a legal touch of a passer while not in rally
  int hits;        // legal touches of the rally
  bool switched;   // a legal touch or a crossing happened: strategies decide before the next step
  SimWinner winner;     // SIM_PLAYING until the end
  SimEventKind reason;  // valid when the rally is over
  double ball_vel[3];   // at the previous step; the reset velocity at reset
  bool racket_near[SIM_DRONES], body_near[SIM_DRONES];  // at the previous step
  int last_hit[SIM_DRONES];                             // step of the last legal or double touch
} SimReferee;

// State before the first step of a rally served by server, with the ball at rest: nobody has hit,
// strategies decide at once.
void sim_referee_reset(SimReferee *ref, SimTeam server);

// Judges the state after one physics step of dt s (sim/README.md 5.1); events are those of
// this step. A finished rally must be reset first.
void sim_referee_step(SimEvents *events, SimReferee *ref, const SimRules *rules,
                      const SimView *view, double dt);

// How the rally ends when nobody touches the ball from here on: the rules above on its free flight,
// step by step as the world flies it. SIM_PLAYING for a ball that does not come down within the
// longest clock. The drones, the clock and the rules' play_on have no say.
typedef struct SimVerdict {
  SimWinner winner;
  SimEventKind reason;
} SimVerdict;
SimVerdict sim_referee_foresee(const SimReferee *ref, const SimView *view);

// Whose turn the serve phase forces on a passer (sim/README.md 5.6).
typedef enum SimServePhase {
  SIM_PHASE_FREE,           // the strategy decides
  SIM_PHASE_SERVE,          // serve
  SIM_PHASE_SERVE_HOVER,    // hover after the serve
  SIM_PHASE_RECEIVE_WAIT,   // wait for the serve at (4, 0, 1)
  SIM_PHASE_RECEIVE,        // receive the serve
  SIM_PHASE_RECEIVE_HOVER,  // hover after the dig
} SimServePhase;
SimServePhase sim_referee_phase(const SimReferee *ref, const SimRules *rules, SimTeam team);

#endif  // SIM_REFEREE_H_
