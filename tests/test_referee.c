// The rules as a table of cases, each also played mirrored; where a racket ends, on tilted drones;
// what is remembered from step to step; the serve phase; planted faults.
// Two documented tie-breaks are not the same in the mirrored match: a ball exactly over the net
// line is near's, and of two teams that hit in one step far is the last hitter.
#include "tests/support/check.h"

#include <math.h>
#include <string.h>

#include "sim/vec.h"
#include "tests/support/referee_scene.h"
#include "tests/support/rules.h"

#define DT SIM_DT
#define KIND(kind) (1u << SIM_EVENT_##kind)
#define OVER (1u << SIM_EVENT_RESULT)
enum { NOBODY = -1 };

// One step, told by what differs from a quiet scene: every drone at its place, the ball falling
// freely over the near court, nobody near it.
typedef struct Case {
  const char *name;
  double ball[3];  // zero: where it is in the quiet scene
  double kick[3];  // velocity change of this step, on top of gravity
  int drone;       // moved to `at`, if `moves`
  bool moves;
  double at[3];
  int touches;    // 1 + drone that has the ball on its racket
  int beside;     // 1 + drone that has the ball beside it, out of its racket
  unsigned hit;   // drones that have already hit
  SimTeam last;   // side that hit last
  int cooldown;   // steps since `touches` last hit, 0 = never
  int step;       // steps before this one
  bool lopsided;  // a documented tie-break: not the same when mirrored
  SimWinner winner;
  SimEventKind reason;
  unsigned events;  // kinds seen
} Case;

static void build(SimView *view, SimReferee *ref, const Case *c) {
  test_quiet_scene(view);
  if (c->moves) {
    vec_copy(view->drone[c->drone].pos, c->at);
  }
  if (vec_norm(c->ball) > 0) {
    vec_copy(view->ball_pos, c->ball);
  }
  double kick[3];
  vec_copy(kick, c->kick);
  if (c->touches) {
    vec_copy(view->ball_pos, view->drone[c->touches - 1].pos);
    view->ball_pos[2] += 0.15;
    kick[2] += 6;
  }
  if (c->beside) {
    vec_copy(view->ball_pos, view->drone[c->beside - 1].pos);
    view->ball_pos[0] += sim_team(c->beside - 1) == SIM_NEAR ? 0.35 : -0.35;
    kick[2] += 3;
  }
  sim_referee_reset(ref, SIM_NEAR);
  ref->step = c->step ? c->step : 100;
  ref->hits = 3;
  ref->ball_side = view->ball_pos[0] < 0 ? SIM_FAR : SIM_NEAR;
  ref->last_hit_side = c->last;
  for (int i = 0; i < SIM_DRONES; i++) {
    ref->flags.already_hit[i] = (c->hit >> i & 1u) != 0;
  }
  if (c->cooldown) {
    ref->last_hit[c->touches - 1] = ref->step + 1 - c->cooldown;
  }
  for (int k = 0; k < 3; k++) {
    ref->ball_vel[k] = view->ball_vel[k] - kick[k] + (k == 2 ? SIM_GRAVITY * DT : 0);
  }
}

// clang-format off
#define EACH(X) X(0, FAR) X(1, FAR) X(2, FAR) X(3, NEAR) X(4, NEAR) X(5, NEAR)
#define GROUND(i, wins) {.name = "drone " #i " on the ground", .drone = i, .moves = true, .at = {i < 3 ? 4 : -4, 2.5, 0.29}, \
                         .winner = SIM_WIN_##wins, .reason = SIM_EVENT_DRONE_GROUND, .events = KIND(DRONE_GROUND) | OVER},
#define NET(i, wins) {.name = "drone " #i " at the net", .drone = i, .moves = true, .at = {i < 3 ? 0.19 : -0.19, 1, 2}, \
                      .winner = SIM_WIN_##wins, .reason = SIM_EVENT_DRONE_NET, .events = KIND(DRONE_NET) | OVER},
#define ACROSS(i, wins) {.name = "drone " #i " on the other side", .drone = i, .moves = true, .at = {i < 3 ? -3 : 3, -2.8, 2}, \
                         .winner = SIM_WIN_##wins, .reason = SIM_EVENT_DRONE_NET, .events = KIND(DRONE_NET) | OVER},
#define TOUCH(i, wins) {.name = "drone " #i " touches", .touches = 1 + i, .winner = SIM_PLAYING, .events = KIND(TOUCH)},
#define TWICE(i, wins) {.name = "drone " #i " touches twice", .touches = 1 + i, .hit = 1u << i, .winner = SIM_WIN_##wins, \
                        .reason = SIM_EVENT_DOUBLE_TOUCH, .events = KIND(TOUCH) | KIND(DOUBLE_TOUCH) | OVER},
#define BODY(i, wins) {.name = "drone " #i " is hit beside its racket", .beside = 1 + i, .winner = SIM_WIN_##wins, \
                       .reason = SIM_EVENT_BODY_TOUCH, .events = KIND(BODY_TOUCH) | OVER},
#define BALL(text, x, y, z, side, wins, why) {.name = text, .ball = {x, y, z}, .last = SIM_##side, .winner = SIM_WIN_##wins, \
                                              .reason = SIM_EVENT_##why, .events = KIND(why) | OVER},
#define FREE(text, x, y, z) {.name = text, .ball = {x, y, z}, .winner = SIM_PLAYING},

static const Case CASES[] = {
    EACH(GROUND) EACH(NET) EACH(ACROSS) EACH(TOUCH) EACH(TWICE) EACH(BODY)
    {.name = "near drone exactly at 0.3 m", .drone = 0, .moves = true, .at = {4, 2.5, 0.3}, .winner = SIM_PLAYING},
    {.name = "near drone exactly at the net line", .drone = 0, .moves = true, .at = {0.2, 1, 2}, .winner = SIM_PLAYING},
    {.name = "far drone exactly at the net line", .drone = 3, .moves = true, .at = {-0.2, 1, 2}, .winner = SIM_PLAYING},
    BALL("in the near court, near hit last", 3, 1, 0.29, NEAR, FAR, BALL_IN)
    BALL("in the near court, far hit last", 3, 1, 0.29, FAR, FAR, BALL_IN)
    BALL("in the far court, near hit last", -3, 1, 0.29, NEAR, NEAR, BALL_IN)
    BALL("in the far court, far hit last", -3, 1, 0.29, FAR, NEAR, BALL_IN)
    BALL("behind the near line, near hit last", 6.1, 0, 0.2, NEAR, FAR, BALL_OUT)
    BALL("behind the near line, far hit last", 6.1, 0, 0.2, FAR, NEAR, BALL_OUT)
    BALL("behind the far line, near hit last", -6.1, 0, 0.2, NEAR, FAR, BALL_OUT)
    BALL("behind the far line, far hit last", -6.1, 0, 0.2, FAR, NEAR, BALL_OUT)
    BALL("beside the near court", 3, 3.1, 0.2, NEAR, FAR, BALL_OUT)
    BALL("beside the far court", -3, -3.1, 0.2, NEAR, FAR, BALL_OUT)
    BALL("exactly on the end line is out", 6, 1, 0.2, FAR, NEAR, BALL_OUT)
    BALL("exactly on the side line is out", 3, 3, 0.2, FAR, NEAR, BALL_OUT)
    BALL("in the net zone, near side, near hit last", 0.29, 0, 2.42, NEAR, FAR, BALL_NET)
    BALL("in the net zone, near side, far hit last", 0.29, 0, 2.42, FAR, NEAR, BALL_NET)
    BALL("in the net zone, far side, near hit last", -0.29, 0, 2.42, NEAR, FAR, BALL_NET)
    BALL("in the net zone, far side, far hit last", -0.29, 0, 2.42, FAR, NEAR, BALL_NET)
    BALL("under the net", 0.1, 2, 1, NEAR, FAR, BALL_NET)
    {.name = "exactly under the net line and down", .ball = {0, 1, 0.2}, .last = SIM_FAR, .lopsided = true, .winner = SIM_WIN_NEAR,
     .reason = SIM_EVENT_BALL_OUT, .events = KIND(BALL_OUT) | KIND(BALL_NET) | OVER},
    FREE("a ball exactly at 0.3 m", 3, 1, 0.3) FREE("over the net", 0.1, 0, 2.43) FREE("beside the net", 0.1, 3, 1)
    FREE("beside the net zone", 0.3, 0, 1) FREE("far out but high", 20, 9, 5)
    {.name = "a touch after 3 steps is the same touch", .touches = 1, .cooldown = 3, .winner = SIM_PLAYING},
    {.name = "a touch after 4 steps is a new one", .touches = 1, .cooldown = 4, .winner = SIM_PLAYING, .events = KIND(TOUCH)},
    {.name = "near a racket without a kick", .touches = 2, .kick = {0, 0, -6}, .winner = SIM_PLAYING},
    {.name = "straight down is not seen", .touches = 2, .kick = {0, 0, -9}, .winner = SIM_PLAYING},
    {.name = "0.49 m/s sideways is not seen", .touches = 2, .kick = {0.49, 0, -6}, .winner = SIM_PLAYING},
    {.name = "0.51 m/s sideways is a touch", .touches = 2, .kick = {0, 0.51, -6}, .winner = SIM_PLAYING, .events = KIND(TOUCH)},
    {.name = "0.19 m/s up against gravity is not seen", .touches = 2, .kick = {0, 0, 0.19 - 6}, .winner = SIM_PLAYING},
    {.name = "0.20 m/s up against gravity is a touch", .touches = 2, .kick = {0, 0, 0.20 - 6}, .winner = SIM_PLAYING, .events = KIND(TOUCH)},
    {.name = "a team-mate within 0.4 m of a touch is charged", .touches = 2, .drone = 2, .moves = true, .at = {2.3, -2, 1.8},
     .winner = SIM_WIN_FAR, .reason = SIM_EVENT_BODY_TOUCH, .events = KIND(TOUCH) | KIND(BODY_TOUCH) | OVER},
    {.name = "an opponent within 0.4 m of a touch is charged, besides over the net", .touches = 2, .drone = 4, .moves = true,
     .at = {2.3, -2, 1.8}, .winner = SIM_WIN_NEAR, .reason = SIM_EVENT_DRONE_NET, .events = KIND(TOUCH) | KIND(DRONE_NET) | KIND(BODY_TOUCH) | OVER},
    {.name = "ball in the near court while a far drone is down: both", .ball = {3, 1, 0.29}, .drone = 4, .moves = true, .at = {-2, -2, 0.1},
     .winner = SIM_DRAW, .reason = SIM_EVENT_BOTH, .events = KIND(DRONE_GROUND) | KIND(BALL_IN) | OVER},
    {.name = "a double touch while a far drone is at the net: both", .touches = 3, .hit = 4, .drone = 3, .moves = true, .at = {0, 2.8, 2},
     .winner = SIM_DRAW, .reason = SIM_EVENT_BOTH, .events = KIND(TOUCH) | KIND(DRONE_NET) | KIND(DOUBLE_TOUCH) | OVER},
    {.name = "the clock ends a quiet rally", .step = 2999, .winner = SIM_DRAW, .reason = SIM_EVENT_TIMEOUT, .events = KIND(TIMEOUT) | OVER},
    {.name = "one step before the clock ends", .step = 2998, .winner = SIM_PLAYING},
    {.name = "a fault in the last step counts", .step = 2999, .ball = {-3, 1, 0.29}, .winner = SIM_WIN_NEAR, .reason = SIM_EVENT_BALL_IN,
     .events = KIND(BALL_IN) | OVER},
    {.name = "ground before net in the reason", .drone = 1, .moves = true, .at = {0.1, 2, 0.1}, .winner = SIM_WIN_FAR,
     .reason = SIM_EVENT_DRONE_GROUND, .events = KIND(DRONE_GROUND) | KIND(DRONE_NET) | OVER},
};
// clang-format on
enum { N_CASES = sizeof CASES / sizeof CASES[0] };

static void judge(const Case *c, const SimView *view, SimReferee *ref, SimEvents *events,
                  SimWinner winner, const char *how) {
  const SimReferee before = *ref;
  sim_referee_step(events, ref, sim_rules_find("court"), view, DT);
  if (ref->winner != winner || test_kinds(events) != c->events ||
      (winner != SIM_PLAYING && ref->reason != c->reason)) {
    fail_msg("%s%s: winner %s, reason %s, events %x; wanted %s, %s, %x", c->name, how,
             sim_winner_name(ref->winner), sim_event_name(ref->reason), test_kinds(events),
             sim_winner_name(winner), sim_event_name(c->reason), c->events);
  }
  const char *broken = test_broken_rule(&before, ref, events, view, sim_rules_find("court"));
  if (broken) {
    fail_msg("%s%s: %s", c->name, how, broken);
  }
}

static void test_cases(void **unused) {
  (void)unused;
  assert_true(N_CASES >= 60);
  for (int i = 0; i < N_CASES; i++) {
    SimView view, mirrored;
    SimReferee ref, mirrored_ref;
    SimEvents events, mirrored_events;
    build(&view, &ref, &CASES[i]);
    sim_mirror_view(&mirrored, &view);
    test_mirror_referee(&mirrored_ref, &ref);
    judge(&CASES[i], &view, &ref, &events, CASES[i].winner, "");
    if (CASES[i].lopsided) {
      continue;
    }
    judge(&CASES[i], &mirrored, &mirrored_ref, &mirrored_events, test_swap_winner(CASES[i].winner),
          ", mirrored");
    assert_true(test_mirrors(&ref, &events, &mirrored_ref, &mirrored_events));
  }
  print_message("%d cases, mirrored too\n", (int)N_CASES);
}

// both teams hit in one step, far is the last hitter, also in the mirrored match
static void test_both_hit(void **unused) {
  (void)unused;
  const Case c = {.touches = 2, .drone = 4, .moves = true, .at = {2.05, -2, 1.8}};
  SimView view, mirrored;
  SimReferee ref, mirrored_ref;
  SimEvents events;
  build(&view, &ref, &c);
  sim_mirror_view(&mirrored, &view);
  test_mirror_referee(&mirrored_ref, &ref);
  sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
  assert_int_equal(ref.last_hit_side, SIM_FAR);
  sim_referee_step(&events, &mirrored_ref, sim_rules_find("court"), &mirrored, DT);
  assert_int_equal(mirrored_ref.last_hit_side, SIM_FAR);
}

// The serve counter counts steps, not touches: two passers with the ball between them are one. The
// same in the mirrored match, and none when a setter is there, too.
static void test_both_passers(void **unused) {
  (void)unused;
  const Case c = {.touches = 1};
  for (int step = 0; step < 3; step++) {
    for (int setter = 0; setter < 2; setter++) {
      SimView view, mirrored;
      SimReferee ref, mirrored_ref;
      SimEvents events, mirrored_events;
      build(&view, &ref, &c);
      vec_set(view.drone[3].pos, view.drone[0].pos[0] + 0.05, view.drone[0].pos[1],
              view.drone[0].pos[2]);
      if (setter) {
        vec_copy(view.drone[1].pos, view.drone[0].pos);
      }
      ref.serve_step = step;
      sim_mirror_view(&mirrored, &view);
      test_mirror_referee(&mirrored_ref, &ref);
      sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
      sim_referee_step(&mirrored_events, &mirrored_ref, sim_rules_find("court"), &mirrored, DT);
      assert_int_equal(ref.hits, setter ? 6 : 5);
      assert_int_equal(ref.serve_step, setter ? step : step + 1);
      assert_int_equal(mirrored_ref.serve_step, ref.serve_step);
      assert_int_equal(mirrored_ref.hits, ref.hits);
    }
  }
}

// x exactly 0 is near's, also in the mirrored match: there the ball crosses
static void test_on_the_net_line(void **unused) {
  (void)unused;
  const double lines[] = {0.0, -0.0};
  for (int i = 0; i < 2; i++) {
    for (int side = 0; side < SIM_TEAMS; side++) {
      SimView view;
      SimReferee ref;
      SimEvents events;
      build(&view, &ref, &(const Case){.hit = SIM_ALL_DRONES});
      view.ball_pos[0] = lines[i];
      ref.ball_side = (SimTeam)side;
      sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
      assert_int_equal(ref.ball_side, SIM_NEAR);
      assert_int_equal(test_kinds(&events), side == SIM_FAR ? KIND(CROSS) : 0);
    }
  }
}

// ---- where a racket and a body end (sim/README.md 5.2)

// One more step of a match: the ball falls freely, and is kicked upwards besides.
static unsigned play(SimView *view, SimReferee *ref, SimEvents *events, double kick) {
  view->ball_vel[2] += kick - SIM_GRAVITY * DT;
  sim_referee_step(events, ref, sim_rules_find("court"), view, DT);
  return test_kinds(events);
}

// a ball that nobody is near
static void leave(SimView *view) {
  vec_set(view->ball_pos, 3.2, 0.4, 4);
}

// A quiet match in which drone 0 is tilted.
static void tilt(SimView *view, SimReferee *ref, const double rpy[3]) {
  build(view, ref, &(const Case){.step = 100});
  quat_from_rpy(view->drone[0].quat, rpy[0], rpy[1], rpy[2]);
  quat_to_rot(view->drone[0].rot, view->drone[0].quat);
}

static void hold(SimView *view, const double offset[3]) {
  double turned[3];
  rot_apply(turned, view->drone[0].rot, offset);
  vec_add_scaled(view->ball_pos, view->drone[0].pos, 1, turned);
}

enum { BODY_END = KIND(BODY_TOUCH) | OVER };

// Where the ball is in the axes of the drone, and what a kick there is.
typedef struct Reach {
  double offset[3];
  unsigned events;
} Reach;

static const Reach REACH[] = {
    {{0, 0, 0.001}, KIND(TOUCH)},      {{0, 0, -0.001}, BODY_END},
    {{0, 0, 0.199}, KIND(TOUCH)},      {{0, 0, 0.201}, BODY_END},
    {{0.199, 0, 0.1}, KIND(TOUCH)},    {{0.201, 0, 0.1}, BODY_END},
    {{0, -0.199, 0.1}, KIND(TOUCH)},   {{0, -0.201, 0.1}, BODY_END},
    {{0.14, 0.14, 0.19}, KIND(TOUCH)},  // the rim of a cylinder, 0.27 m from the drone
    {{-0.15, 0.14, 0.1}, BODY_END},     // no square
    {{0.399, 0, 0}, BODY_END},         {{0.401, 0, 0}, 0},
    {{0, 0, 0.399}, BODY_END},         {{0, 0, 0.401}, 0},
    {{0, 0, -0.399}, BODY_END},        {{0, 0, -0.401}, 0},
};

static const double TILT[][3] = {{0, 0, 0}, {0.7, 0, 0}, {0, -0.7, 0}, {0.5, 0.6, 2}, {2.5, 0, 1}};

static void test_reach(void **unused) {
  (void)unused;
  for (size_t t = 0; t < sizeof TILT / sizeof TILT[0]; t++) {
    for (size_t i = 0; i < sizeof REACH / sizeof REACH[0]; i++) {
      SimView view;
      SimReferee ref;
      SimEvents events;
      // kicked there
      tilt(&view, &ref, TILT[t]);
      hold(&view, REACH[i].offset);
      const unsigned there = play(&view, &ref, &events, 5);
      // there in the step before, gone when the kick is seen: a fast rebound
      tilt(&view, &ref, TILT[t]);
      hold(&view, REACH[i].offset);
      const unsigned quiet = play(&view, &ref, &events, 0);
      leave(&view);
      const unsigned late = play(&view, &ref, &events, 5);
      // two steps before: forgotten
      tilt(&view, &ref, TILT[t]);
      hold(&view, REACH[i].offset);
      play(&view, &ref, &events, 0);
      leave(&view);
      play(&view, &ref, &events, 0);
      const unsigned forgotten = play(&view, &ref, &events, 5);
      if (there != REACH[i].events || late != there || quiet != 0 || forgotten != 0) {
        fail_msg("tilt %zu, offset %zu: events %x there, %x late, %x quiet, %x later; wanted %x", t,
                 i, there, late, quiet, forgotten, REACH[i].events);
      }
    }
  }
}

// near the racket before and beside it now is a touch, not a touch of the body
static void test_racket_before_body(void **unused) {
  (void)unused;
  SimView view;
  SimReferee ref;
  SimEvents events;
  tilt(&view, &ref, TILT[0]);
  hold(&view, (const double[3]){0.19, 0, 0.1});
  assert_int_equal(play(&view, &ref, &events, 0), 0);
  hold(&view, (const double[3]){0.3, 0, 0.1});
  assert_int_equal(play(&view, &ref, &events, 5), KIND(TOUCH));
}

// ---- what is remembered

// a touch, whatever the ball does in the next three steps, and the fourth
static void test_cooldown(void **unused) {
  (void)unused;
  const double beside[3] = {0.3, 0, 0}, above[3] = {0, 0, 0.1};
  for (int body = 0; body < 2; body++) {
    SimView view;
    SimReferee ref;
    SimEvents events;
    tilt(&view, &ref, TILT[0]);
    hold(&view, above);
    assert_int_equal(play(&view, &ref, &events, 5), KIND(TOUCH));
    leave(&view);
    for (int k = 0; k < 3; k++) {
      hold(&view, body ? beside : above);
      assert_int_equal(play(&view, &ref, &events, 5), 0);
      assert_false(ref.switched);
    }
    assert_int_equal(ref.hits, 4);
    assert_int_equal(play(&view, &ref, &events, 5),
                     body ? BODY_END : KIND(TOUCH) | KIND(DOUBLE_TOUCH) | OVER);
    assert_int_equal(ref.hits, 4);
    assert_int_equal(ref.reason, body ? SIM_EVENT_BODY_TOUCH : SIM_EVENT_DOUBLE_TOUCH);
  }
}

// a kick far from everybody is over when the ball comes near
static void test_velocity_of_the_step_before(void **unused) {
  (void)unused;
  SimView view;
  SimReferee ref;
  SimEvents events;
  tilt(&view, &ref, TILT[0]);
  assert_int_equal(play(&view, &ref, &events, 5), 0);
  hold(&view, (const double[3]){0, 0, 0.1});
  assert_int_equal(play(&view, &ref, &events, 0), 0);
  assert_int_equal(play(&view, &ref, &events, 0.2), KIND(TOUCH));
}

static void test_reset(void **unused) {
  (void)unused;
  for (int server = 0; server < SIM_TEAMS; server++) {
    SimView view;
    SimReferee ref;
    SimEvents events;
    memset(&ref, 0xff, sizeof ref);
    sim_referee_reset(&ref, (SimTeam)server);
    assert_true(ref.switched);
    assert_int_equal(ref.winner, SIM_PLAYING);
    assert_int_equal(ref.step + ref.hits + ref.serve_step + ref.flags.is_rally, 0);
    for (int i = 0; i < SIM_DRONES; i++) {
      assert_false(ref.flags.already_hit[i] || ref.stale.already_hit[i]);
    }
    // the very first step can be a touch
    SimReferee first = ref;
    test_quiet_scene(&view);
    vec_set(view.ball_vel, 0, 0, 0);
    view.drone[sim_drone((SimTeam)server, SIM_PASSER)].pos[2] = 1.7;
    vec_copy(view.ball_pos, view.drone[sim_drone((SimTeam)server, SIM_PASSER)].pos);
    assert_int_equal(play(&view, &first, &events, 5), KIND(TOUCH) | KIND(SERVE));
    assert_int_equal(first.step, 1);
    // a ball that nobody touches is the server's fault
    vec_set(view.ball_pos, 7, 0, 0.2);
    ref.ball_side = SIM_NEAR;
    vec_set(view.ball_vel, 0, 0, 0);
    assert_int_equal(play(&view, &ref, &events, 0), KIND(BALL_OUT) | OVER);
    assert_int_equal(ref.winner, server == SIM_NEAR ? SIM_WIN_FAR : SIM_WIN_NEAR);
  }
}

// a double touch makes its team the last hitter; a touch of the body changes no books
static void test_books_of_faults(void **unused) {
  (void)unused;
  SimView view;
  SimReferee ref;
  SimEvents events;
  build(&view, &ref, &(const Case){.touches = 1, .hit = 1, .last = SIM_FAR});
  sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
  assert_int_equal(ref.last_hit_side, SIM_NEAR);
  assert_false(ref.switched);
  build(&view, &ref, &(const Case){.beside = 1, .last = SIM_FAR});
  sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
  assert_int_equal(ref.last_hit_side, SIM_FAR);
  assert_false(ref.switched || ref.flags.already_hit[0]);
  assert_int_equal(ref.hits, 3);
}

// drones that do not exist can do nothing wrong and hit nothing
static void test_roster(void **unused) {
  (void)unused;
  SimView view;
  SimReferee ref;
  SimEvents events;
  build(&view, &ref, &(const Case){.touches = 2});
  view.roster = 1;
  memset(&view.drone[2], 0, sizeof view.drone[2]);
  memset(&view.drone[5], 0, sizeof view.drone[5]);
  sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
  assert_int_equal(events.n, 0);
}

static void test_names_and_rules(void **unused) {
  (void)unused;
  static const char *const events[] = {
      "touch",   "serve",    "cross",    "drone_ground", "drone_net", "double_touch", "body_touch",
      "ball_in", "ball_out", "ball_net", "both",         "timeout",   "result"};
  static const char *const winners[] = {"near", "far", "draw", "playing"};
  assert_int_equal(SIM_EVENT_KINDS, sizeof events / sizeof events[0]);
  for (int i = 0; i < SIM_EVENT_KINDS; i++) {
    assert_string_equal(sim_event_name((SimEventKind)i), events[i]);
  }
  assert_null(sim_event_name(SIM_EVENT_KINDS));
  for (int i = 0; i <= SIM_PLAYING; i++) {
    assert_string_equal(sim_winner_name((SimWinner)i), winners[i]);
  }
  assert_int_equal(sim_rules_find("court")->steps_max, 3000);
  assert_int_equal(sim_rules_find("paper")->steps_max, 1500);
  assert_false(sim_rules_find("court")->released || sim_rules_find("paper")->released);
  assert_null(sim_rules_find("courts"));
}

// ---- possession

static void test_crossing(void **unused) {
  (void)unused;
  SimView view;
  SimReferee ref;
  SimEvents events;
  const Case c = {.hit = SIM_ALL_DRONES};
  build(&view, &ref, &c);
  view.ball_pos[0] = -0.01;
  view.ball_pos[2] = 4;
  sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
  assert_int_equal(test_kinds(&events), KIND(CROSS));
  assert_true(ref.switched);
  assert_int_equal(ref.ball_side, SIM_FAR);
  for (int i = 0; i < SIM_DRONES; i++) {
    assert_int_equal(ref.flags.already_hit[i], i >= 3);  // near may hit again
    assert_true(ref.stale.already_hit[i]);               // observations do not see it yet
  }
  // quiet: nobody is asked
  sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
  assert_false(ref.switched);
  assert_int_equal(events.n, 0);
}

// A second touch in the step in which the ball leaves is judged with the flags already cleared, and
// is booked after the clearing: it counts for the possession to come.
static void test_touch_and_crossing(void **unused) {
  (void)unused;
  SimView view;
  SimReferee ref;
  SimEvents events;
  build(&view, &ref, &(const Case){.hit = 3, .last = SIM_NEAR});
  vec_set(view.drone[0].pos, 0.25, 0, 2.5);
  vec_set(view.ball_pos, 0.1, 0, 2.6);
  assert_int_equal(play(&view, &ref, &events, 0), 0);
  vec_set(view.ball_pos, -0.02, 0, 2.7);
  assert_int_equal(play(&view, &ref, &events, 5), KIND(TOUCH) | KIND(CROSS));
  assert_int_equal(ref.hits, 4);
  assert_true(ref.flags.already_hit[0]);
  assert_false(ref.flags.already_hit[1]);
}

// ---- serve phase (sim/README.md 5.6)

// one legal touch of a drone, with time enough since the last
static void touch(SimReferee *ref, int drone) {
  SimView view;
  SimReferee scratch;
  SimEvents events;
  const Case c = {.touches = 1 + drone};
  build(&view, &scratch, &c);
  ref->step += 10;
  memset(ref->flags.already_hit, 0, sizeof ref->flags.already_hit);
  memset(ref->racket_near, 0, sizeof ref->racket_near);
  memset(ref->body_near, 0, sizeof ref->body_near);
  vec_copy(ref->ball_vel, scratch.ball_vel);
  sim_referee_step(&events, ref, sim_rules_find("court"), &view, DT);
}

static void assert_phases(const SimReferee *ref, SimServePhase server, SimServePhase receiver,
                          bool released) {
  const SimRules rules = {.name = "test", .steps_max = 3000, .released = released};
  assert_int_equal(sim_referee_phase(ref, &rules, ref->server), server);
  assert_int_equal(sim_referee_phase(ref, &rules, test_other_team(ref->server)), receiver);
}

static void test_serve_phase(void **unused) {
  (void)unused;
  for (int server = 0; server < SIM_TEAMS; server++) {
    const int serving = sim_drone((SimTeam)server, SIM_PASSER);
    const int receiving = sim_drone(test_other_team((SimTeam)server), SIM_PASSER);
    SimReferee ref;
    sim_referee_reset(&ref, (SimTeam)server);
    assert_phases(&ref, SIM_PHASE_SERVE, SIM_PHASE_RECEIVE_WAIT, false);
    touch(&ref, serving);
    assert_phases(&ref, SIM_PHASE_SERVE_HOVER, SIM_PHASE_RECEIVE, false);
    touch(&ref, receiving);
    assert_phases(&ref, SIM_PHASE_SERVE_HOVER, SIM_PHASE_RECEIVE_HOVER, false);
    assert_phases(&ref, SIM_PHASE_SERVE_HOVER, SIM_PHASE_FREE, true);
    // an attacker's touch changes nothing, a setter's frees both
    SimReferee setter = ref;
    touch(&ref, receiving + 2);
    assert_int_equal(ref.serve_step, 2);
    assert_false(ref.flags.is_rally);
    touch(&setter, receiving + 1);
    assert_true(setter.flags.is_rally);
    assert_phases(&setter, SIM_PHASE_FREE, SIM_PHASE_FREE, false);
    // a rally without a setter's touch stays a serve until a passer's third touch
    touch(&ref, serving);
    assert_phases(&ref, SIM_PHASE_FREE, SIM_PHASE_FREE, false);
    assert_false(ref.flags.is_rally);
    touch(&ref, serving + 1);
    const int served = ref.serve_step;
    touch(&ref, receiving);
    assert_int_equal(ref.serve_step, served);
  }
}

static void test_first_touch_is_the_serve(void **unused) {
  (void)unused;
  SimView view;
  SimReferee ref;
  SimEvents events;
  const Case c = {.touches = 2};
  build(&view, &ref, &c);
  ref.hits = 0;
  sim_referee_step(&events, &ref, sim_rules_find("court"), &view, DT);
  assert_int_equal(test_kinds(&events), KIND(TOUCH) | KIND(SERVE));
  assert_int_equal(events.event[1].drone, 1);
}

// the checker notices: each planted fault in the books breaks a rule
static void test_rules_notice(void **unused) {
  (void)unused;
  const SimRules *rules = sim_rules_find("court");
  for (int fault = 0; fault < 10; fault++) {
    SimView view;
    SimReferee ref;
    SimEvents events;
    const Case c = {.touches = 1};
    build(&view, &ref, &c);
    ref.serve_step = 1;
    ref.flags.is_rally = true;
    const SimReferee before = ref;
    sim_referee_step(&events, &ref, rules, &view, DT);
    assert_null(test_broken_rule(&before, &ref, &events, &view, rules));
    switch (fault) {
    case 0:
      ref.step++;
      break;
    case 1:
      ref.hits++;
      break;
    case 2:
      ref.flags.is_rally = false;
      break;
    case 3:
      ref.serve_step = 0;
      break;
    case 4:
      ref.winner = SIM_WIN_NEAR;
      break;
    case 5:
      ref.flags.already_hit[0] = false;
      break;
    case 6:
      ref.stale.already_hit[4] = true;
      break;
    case 7:
      ref.ball_side = SIM_FAR;
      break;
    case 8:
      events.event[events.n++] = (SimEvent){SIM_EVENT_DRONE_NET, 2};
      break;
    case 9:
      events.event[events.n++] = (SimEvent){SIM_EVENT_RESULT, NOBODY};
      break;
    }
    if (!test_broken_rule(&before, &ref, &events, &view, rules)) {
      fail_msg("planted fault %d goes unnoticed", fault);
    }
  }
}

// and each planted fault in the result of a rally that is over
static void test_rules_notice_results(void **unused) {
  (void)unused;
  const SimRules *rules = sim_rules_find("court");
  const Case fault = {.ball = {3, 1, 0.29}, .last = SIM_FAR}, clock = {.step = 2999};
  const Case both = {.ball = {3, 1, 0.29}, .drone = 4, .moves = true, .at = {-2, -2, 0.1}};
  const struct {
    const Case *end;
    SimWinner winner;
    SimEventKind reason;
    bool silent;  // the event of the result is missing
  } planted[] = {
      {&fault, SIM_WIN_NEAR, SIM_EVENT_BALL_IN, false},
      {&fault, SIM_DRAW, SIM_EVENT_BALL_IN, false},
      {&fault, SIM_PLAYING, SIM_EVENT_BALL_IN, false},
      {&fault, SIM_WIN_FAR, SIM_EVENT_BALL_OUT, false},
      {&fault, SIM_WIN_FAR, SIM_EVENT_BALL_IN, true},
      {&clock, SIM_WIN_NEAR, SIM_EVENT_TIMEOUT, false},
      {&clock, SIM_PLAYING, SIM_EVENT_TIMEOUT, false},
      {&clock, SIM_DRAW, SIM_EVENT_BALL_IN, false},
      {&both, SIM_WIN_FAR, SIM_EVENT_BALL_IN, false},
      {&both, SIM_DRAW, SIM_EVENT_BALL_IN, false},
      {&both, SIM_WIN_NEAR, SIM_EVENT_BOTH, false},
  };
  for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++) {
    SimView view;
    SimReferee ref;
    SimEvents events;
    build(&view, &ref, planted[i].end);
    const SimReferee before = ref;
    sim_referee_step(&events, &ref, rules, &view, DT);
    assert_null(test_broken_rule(&before, &ref, &events, &view, rules));
    ref.winner = planted[i].winner;
    ref.reason = planted[i].reason;
    events.n -= planted[i].silent;
    if (!test_broken_rule(&before, &ref, &events, &view, rules)) {
      fail_msg("planted result %zu goes unnoticed", i);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cases),        cmocka_unit_test(test_both_hit),
      cmocka_unit_test(test_both_passers), cmocka_unit_test(test_on_the_net_line),
      cmocka_unit_test(test_reach),        cmocka_unit_test(test_racket_before_body),
      cmocka_unit_test(test_cooldown),     cmocka_unit_test(test_velocity_of_the_step_before),
      cmocka_unit_test(test_reset),        cmocka_unit_test(test_books_of_faults),
      cmocka_unit_test(test_roster),       cmocka_unit_test(test_names_and_rules),
      cmocka_unit_test(test_crossing),     cmocka_unit_test(test_touch_and_crossing),
      cmocka_unit_test(test_serve_phase),  cmocka_unit_test(test_first_touch_is_the_serve),
      cmocka_unit_test(test_rules_notice), cmocka_unit_test(test_rules_notice_results),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
