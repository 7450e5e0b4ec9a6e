// Families of starts of a strike: their keys, and one of them as plain numbers, which a GPU reads,
// too.
#ifndef HCSP_ENV_TASKS_START_H_
#define HCSP_ENV_TASKS_START_H_

enum { TASK_STARTS_MAX = 16, TASK_MATES_MAX = 2 };

// What a family of starts of a strike says, in the order of its file: POINT x y z, PAIR low and
// high, NUMBER; MAYBE: n numbers, absent: NULL; BOXES: at most n of [x y z low, x y z high],
// absent: none. Near frame; what is low and high is drawn uniformly between.
// clang-format off
#define TASK_START_KEYS(POINT, PAIR, NUMBER, MAYBE, BOXES)                                                 \
  POINT(drone_low) POINT(drone_high)            /* m */                                                    \
  NUMBER(speed) NUMBER(tilt) NUMBER(spin)       /* m/s, rad, rad/s: each component is drawn in +- this */  \
  POINT(ball_low) POINT(ball_high)              /* m, where the ball comes from */                         \
  MAYBE(through_low, 3) MAYBE(through_high, 3)  /* m, a point of its flight; absent: the ball is at rest */\
  MAYBE(ball_apex, 2) MAYBE(ball_flight, 2)     /* m or s, of that flight */                               \
  POINT(goal_low) POINT(goal_high)              /* m, point to send it to */                               \
  MAYBE(goal_apex, 2) MAYBE(goal_flight, 2)     /* m or s */                                               \
  PAIR(strike_z)                                /* m */                                                    \
  POINT(next)                                   /* m, where the drone hovers afterwards */                 \
  BOXES(mates, TASK_MATES_MAX)                  /* m, team-mates that blow */                              \
  BOXES(mates_to, TASK_MATES_MAX)               /* m, to where they fly; absent: they hover */             \
  MAYBE(mates_time, 2)                          /* s, that they take */                                    \
  BOXES(brakes, 1)                              /* m, an opponent that brakes in front of the net */       \
  MAYBE(brake_tilt, 2)                          /* degrees, its lean */                                    \
  MAYBE(brake_from, 2) MAYBE(brake_time, 2)     /* s, its begin and length */                              \
  NUMBER(dig_height)  /* share whose strike height is the one that matches choose for a dig */
// clang-format on

// A family. Of what may be missing key_count tells how much there is: the n numbers or none, so
// many boxes.
#define TASK_START_POINT(key) double key[3];
#define TASK_START_PAIR(key) double key[2];
#define TASK_START_NUMBER(key) double key;
#define TASK_START_MAYBE(key, n)                                                                   \
  double key[n];                                                                                   \
  int key##_count;
#define TASK_START_BOXES(key, n)                                                                   \
  double key[n][6];                                                                                \
  int key##_count;
typedef struct TaskStart {
  char name[32];
  double weight;  // share of the episodes, over the sum of all weights
  TASK_START_KEYS(TASK_START_POINT, TASK_START_PAIR, TASK_START_NUMBER, TASK_START_MAYBE,
                  TASK_START_BOXES)
} TaskStart;

#endif  // HCSP_ENV_TASKS_START_H_
