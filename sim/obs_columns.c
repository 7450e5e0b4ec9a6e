// The columns of every layout, one by one: what the code in obs.c, obs_goal.c and policies/ writes
// front to back. A layout is a list of blocks, a block a list of parts, which may be repeated for
// each of several players. Team frame; volley230 is mirrored to the ball's side besides.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/obs.h"
#include "sim/physics.h"

typedef struct Part {
  const char *name;
  int n;
  const char *const *of;  // endings of n columns; NULL: the numbers 0 to n - 1, or none of a single
  const char *units;
  double scale, offset;  // column * scale + offset is the quantity; NaN: not a straight line
  const char *form;      // what else was done to it
} Part;

typedef struct Block {
  const Part *part;
  int parts;
  const char *const *of;  // players that it is repeated for; NULL: none, or numbers
  int n;                  // times
} Block;

static const char *const kXyz[] = {"x", "y", "z"};
static const char *const kWxyz[] = {"w", "x", "y", "z"};
static const char *const kRotor[] = {"front_right", "back_left", "front_left", "back_right"};
static const char *const kYes[] = {"yes", "no"};
static const char *const kRole[] = {"passer", "setter", "attacker"};
static const char *const kPlayers[] = {"own_passer",   "own_setter",   "own_attacker",
                                       "their_passer", "their_setter", "their_attacker"};
// drones of volley230, by their way to where the ball will come down
static const char *const kNearness[] = {"nearest", "middle", "farthest"};
static const char *const kNear[] = {"own_nearest",   "own_middle",   "own_farthest",
                                    "their_nearest", "their_middle", "their_farthest"};
static const char *const kHappenedNear[] = {"new_rally",
                                            "own_nearest_touched",
                                            "own_middle_touched",
                                            "own_farthest_touched",
                                            "their_nearest_touched",
                                            "their_middle_touched",
                                            "their_farthest_touched",
                                            "crossed"};
static const char *const kHappened[] = {"new_rally",
                                        "own_passer_touched",
                                        "own_setter_touched",
                                        "own_attacker_touched",
                                        "their_passer_touched",
                                        "their_setter_touched",
                                        "their_attacker_touched",
                                        "crossed"};
static const char *const kTurn[] = {"defend", "serve", "first", "second", "third"};
static const char *const kPlaces[] = {"nearest_x", "nearest_y",  "middle_x",
                                      "middle_y",  "farthest_x", "farthest_y"};

#define SINGLE(name, units, scale)                                                                 \
  { name, 1, NULL, units, scale, 0, "" }
#define XYZ(name, units, scale)                                                                    \
  { name, 3, kXyz, units, scale, 0, "" }
#define FLAG(name, n, of)                                                                          \
  { name, n, of, "1", 1, 0, "0 or 1" }
#define CLIPPED(name, units, scale, most)                                                          \
  { name, 3, kXyz, units, scale, 0, "clipped to +-" most }
#define SOFT(name, units, k)                                                                       \
  { name, 3, kXyz, units, (double)NAN, 0, "k e / (1 + k abs(e)) of e in these units, k = " k }
#define MOTION                                                                                     \
  {"quat", 4, kWxyz, "1", 1, 0, ""}, XYZ("vel", "m/s", 1), XYZ("angvel", "rad/s", 1),              \
      XYZ("heading", "1", 1), XYZ("up", "1", 1), {                                                 \
    "rotor", 4, kRotor, "1", 0.5, 0.5, ""                                                          \
  }
#define BALL34                                                                                     \
  XYZ("pos", "m", 1), MOTION, XYZ("ball_pos", "m", 1), XYZ("ball_minus_pos", "m", 1),              \
      XYZ("ball_vel", "m/s", 1), FLAG("my_turn", 2, kYes)

static const Part kGoto[] = {XYZ("target_minus_pos", "m", 1), MOTION,
                             XYZ("court_x_minus_heading", "1", 1)};
static const Part kBall[] = {BALL34};
static const Part kSide[] = {BALL34, FLAG("side", 2, NULL)};
static const Part kServe[] = {BALL34, XYZ("ball_minus_target", "m", 1)};
static const Part kFlat[] = {XYZ("pos", "m", 1),
                             MOTION,
                             XYZ("pos_minus_anchor", "m", 1),
                             XYZ("ball_minus_pos", "m", 1),
                             XYZ("ball_vel", "m/s", 1),
                             FLAG("ball_on_my_half", 2, kYes),
                             FLAG("role", 3, kRole),
                             FLAG("may_hit", 2, kYes)};
static const Part kPosition[] = {XYZ("pos", "m", 1)};

// hover27 and strike43, all in the drone's own axes
static const Part kBody[] = {XYZ("court_up", "1", 1),
                             XYZ("court_ahead", "1", 1),
                             CLIPPED("body_vel", "m/s", 3, "3"),
                             {"body_rate", 2, kXyz, "rad/s", 6, 0, "clipped to +-3"},
                             {"body_rate_z", 1, NULL, "rad/s", 2, 0, "clipped to +-3"},
                             {"rotor", 4, kRotor, "1", 1.0 / 3, SIM_HOVER_ROTOR, ""},
                             {"height", 1, NULL, "m", 1.5, 0.3, "clipped to 0 to 1.5"},
                             {"net_distance", 1, NULL, "m", 1.5, 0.2, "clipped to 0 to 1.5"}};
static const Part kHover[] = {CLIPPED("way", "m", 2, "5; the way itself to 5 m"),
                              SOFT("way_soft", "m", "1.5"), SOFT("way_fine", "m", "8")};
static const Part kStrike[] = {CLIPPED("way", "m", 1.5, "3"),
                               SOFT("miss_soft", "m", "3"),
                               SINGLE("time", "s", 1),
                               {"time_near", 1, NULL, "1", (double)NAN, 0, "exp(-time / 0.25 s)"},
                               XYZ("normal", "1", 1),
                               SINGLE("normal_speed", "m/s", 3),
                               SINGLE("speed_along_normal_minus_it", "m/s", 3),
                               CLIPPED("ball_before", "m/s", 8, "8"),
                               CLIPPED("ball_after", "m/s", 8, "8"),
                               CLIPPED("ball_minus_pos", "m", 1, "1.5"),
                               SOFT("way_soft", "m", "5")};

// strategies; ours are scaled to order 1
static const Part kPlayer[] = {XYZ("pos", "m", 1),
                               {"quat", 4, kWxyz, "1", 1, 0, ""},
                               XYZ("vel", "m/s", 1),
                               XYZ("angvel", "rad/s", 1)};
static const Part kPlayer1[] = {{"pos", 2, kXyz, "m", 4, 0, ""},
                                SINGLE("pos_z", "m", 2),
                                {"quat", 4, kWxyz, "1", 1, 0, ""},
                                XYZ("vel", "m/s", 3),
                                XYZ("angvel", "rad/s", 5)};
static const Part kCourtBall[] = {XYZ("ball_pos", "m", 1), XYZ("ball_vel", "m/s", 1)};
static const Part kCourtBall1[] = {SINGLE("ball_pos_x", "m", 6),   SINGLE("ball_pos_y", "m", 4),
                                   SINGLE("ball_pos_z", "m", 4),   SINGLE("ball_vel_x", "m/s", 6),
                                   SINGLE("ball_vel_y", "m/s", 4), SINGLE("ball_vel_z", "m/s", 6)};
static const Part kMayHit[] = {FLAG("may_hit", 2, kYes)};
static const Part kPhase[] = {FLAG("ball_on_my_half", 2, kYes), FLAG("serve_phase", 2, kYes)};
#define HISTORY(happened)                                                                          \
  FLAG("happened", 8, happened), SINGLE("seconds", "s", 20), SINGLE("landing_x", "m", 6),          \
      SINGLE("landing_y", "m", 4), SINGLE("landing_time", "s", 1.5)
static const Part kHistory[] = {HISTORY(kHappened)};
static const Part kHistoryNear[] = {HISTORY(kHappenedNear)};
static const Part kHeld[] = {FLAG("waiting_place", 8, NULL), FLAG("attack", 8, NULL)};
static const Part kPlan[] = {FLAG("turn", 5, kTurn),
                             FLAG("striker", 3, kNearness),
                             {"waits", 6, kPlaces, "m", 4, 0, ""},
                             FLAG("shape", 8, NULL)};
static const Part kCandidate[] = {FLAG("legal", 1, NULL),
                                  {"effort", 1, NULL, "m/s2", 10, 0, "at most 2"},
                                  {"load", 1, NULL, "1", 1, 0, "at most 2"}};

#define PARTS(part) part, sizeof(part) / sizeof(part)[0]
#define ONCE(part)                                                                                 \
  { PARTS(part), NULL, 1 }
#define EACH(part, players)                                                                        \
  { PARTS(part), players, SIM_DRONES }
#define COURT1(players, history)                                                                   \
  EACH(kPlayer1, players), ONCE(kCourtBall1), EACH(kMayHit, players), ONCE(kPhase), ONCE(history)

enum { BLOCKS_MAX = 8 };
static const Block kLayout[SIM_OBS_LAYOUTS][BLOCKS_MAX] = {
    [SIM_OBS_GOTO26] = {ONCE(kGoto)},
    [SIM_OBS_BALL34] = {ONCE(kBall)},
    [SIM_OBS_SIDE36] = {ONCE(kSide)},
    [SIM_OBS_SERVE37] = {ONCE(kServe)},
    [SIM_OBS_STRATEGY100] = {EACH(kPlayer, kPlayers), ONCE(kCourtBall), EACH(kMayHit, kPlayers),
                             ONCE(kPhase)},
    [SIM_OBS_HOVER27] = {ONCE(kBody), ONCE(kHover)},
    [SIM_OBS_STRIKE43] = {ONCE(kBody), ONCE(kStrike)},
    [SIM_OBS_COURT128] = {COURT1(kPlayers, kHistory), ONCE(kHeld)},
    [SIM_OBS_VOLLEY230] = {COURT1(kNear, kHistoryNear), ONCE(kPlan), {PARTS(kCandidate), NULL, 32}},
    [SIM_OBS_FLAT57] = {ONCE(kFlat), EACH(kPosition, kPlayers)},
};

static int block_size(const Block *block) {
  int size = 0;
  for (int i = 0; i < block->parts; i++) {
    size += block->part[i].n;
  }
  return size;
}

static void name_column(SimObsColumn *out, const Block *block, int time, const Part *part, int i) {
  char player[24] = "", ending[24] = "";
  if (block->of != NULL) {
    snprintf(player, sizeof player, "%s_", block->of[time]);
  } else if (block->n > 1) {
    snprintf(player, sizeof player, "option_%d_", time);
  }
  if (part->of != NULL) {
    snprintf(ending, sizeof ending, "_%s", part->of[i]);
  } else if (part->n > 1) {
    snprintf(ending, sizeof ending, "_%d", i);
  }
  snprintf(out->name, sizeof out->name, "%s%s%s", player, part->name, ending);
  out->units = part->units;
  out->scale = part->scale;
  out->offset = part->offset;
  out->form = part->form;
}

void sim_obs_column(SimObsColumn *out, SimLayout layout, int column) {
  assert(layout < SIM_OBS_LAYOUTS && column >= 0 && column < sim_obs_size(layout));
  const Block *block = kLayout[layout];
  for (; column >= block_size(block) * block->n; block++) {
    column -= block_size(block) * block->n;
  }
  const int time = column / block_size(block);
  int i = column % block_size(block);
  const Part *part = block->part;
  for (; i >= part->n; part++) {
    i -= part->n;
  }
  name_column(out, block, time, part, i);
}

int sim_obs_columns_listed(SimLayout layout) {
  int n = 0;
  for (int b = 0; b < BLOCKS_MAX && kLayout[layout][b].n > 0; b++) {
    n += block_size(&kLayout[layout][b]) * kLayout[layout][b].n;
  }
  return n;
}
