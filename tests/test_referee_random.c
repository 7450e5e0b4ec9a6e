// A million random steps of the referee: rules that hold whatever the bodies do, and the same in
// the mirrored match.
#include "tests/support/check.h"

#include "sim/base/rng.h"
#include "sim/vec.h"
#include "tests/support/referee_scene.h"
#include "tests/support/rules.h"

#define DT SIM_DT

static void random_scene(SimView *view, SimRng *rng) {
  for (int i = 0; i < SIM_DRONES; i++) {
    double place[3], quat[4];
    for (int k = 0; k < 3; k++) {
      place[k] = test_place[i % SIM_ROLES][k] + sim_rng_uniform(rng, -0.2, 0.2);
    }
    sim_mirror_vec(view->drone[i].pos, place, sim_team(i));
    quat_from_rpy(quat, sim_rng_uniform(rng, -0.5, 0.5), sim_rng_uniform(rng, -0.5, 0.5), 0);
    quat_to_rot(view->drone[i].rot, quat);
  }
  // now and then one of them strays to the ground or to the net
  if (sim_rng_below(rng, 50) == 0) {
    double *stray = view->drone[sim_rng_below(rng, SIM_DRONES)].pos;
    vec_set(stray, sim_rng_uniform(rng, -0.5, 0.5) + stray[0] / 4, stray[1],
            sim_rng_uniform(rng, 0.2, 1));
  }
  // mostly over some racket, sometimes anywhere
  const int near = (int)sim_rng_below(rng, 12);
  if (near < SIM_DRONES) {
    vec_copy(view->ball_pos, view->drone[near].pos);
    view->ball_pos[0] += sim_rng_uniform(rng, -0.25, 0.25);
    view->ball_pos[2] += sim_rng_uniform(rng, 0, 0.3);
  } else {
    vec_set(view->ball_pos, sim_rng_uniform(rng, -7, 7), sim_rng_uniform(rng, -4, 4),
            sim_rng_uniform(rng, 0.25, 9));
  }
  for (int k = 0; k < 3; k++) {
    view->ball_vel[k] += sim_rng_uniform(rng, -0.4, 0.4);
  }
}

// Touches by possession, kept apart from the referee's own flags.
typedef struct Possession {
  SimTeam side;
  bool hit[SIM_DRONES];
} Possession;

// whether the legal touches of this step are the first of their drones since the ball last left
static bool first_touches(Possession *own, const SimView *view, const SimEvents *events) {
  const SimTeam side = view->ball_pos[0] < 0 ? SIM_FAR : SIM_NEAR;
  bool legal[SIM_DRONES] = {false}, fine = true;
  for (int i = 0; i < events->n; i++) {
    const SimEvent *event = &events->event[i];
    if (event->kind == SIM_EVENT_TOUCH || event->kind == SIM_EVENT_DOUBLE_TOUCH) {
      legal[event->drone] = event->kind == SIM_EVENT_TOUCH;
    }
  }
  for (int i = 0; i < SIM_DRONES; i++) {
    own->hit[i] = own->hit[i] && !(side != own->side && sim_team(i) == own->side);
    fine = fine && !(legal[i] && own->hit[i]);
    own->hit[i] = own->hit[i] || legal[i];
  }
  own->side = side;
  return fine;
}

// the reason is the first fault in the order of the kinds, which is that of the events
static bool first_fault(const SimReferee *ref, const SimEvents *events) {
  for (int i = 0; i < events->n; i++) {
    const SimEventKind kind = events->event[i].kind;
    if (kind >= SIM_EVENT_DRONE_GROUND && kind <= SIM_EVENT_BALL_NET) {
      return ref->reason == kind || ref->reason == SIM_EVENT_BOTH;
    }
  }
  return ref->winner == SIM_PLAYING || ref->reason == SIM_EVENT_TIMEOUT;
}

static bool both_teams_touch(const SimEvents *events) {
  bool touch[SIM_TEAMS] = {false, false};
  for (int i = 0; i < events->n; i++) {
    if (events->event[i].kind == SIM_EVENT_TOUCH) {
      touch[sim_team(events->event[i].drone)] = true;
    }
  }
  return touch[SIM_NEAR] && touch[SIM_FAR];
}

// The same step in the mirrored match: all the same, unless both teams touch, where far is the last
// hitter in either.
static bool same_when_mirrored(const SimReferee *before, const SimReferee *after,
                               const SimEvents *events, const SimView *view,
                               const SimRules *rules) {
  SimView view_m;
  SimReferee ref_m;
  SimEvents events_m;
  sim_mirror_view(&view_m, view);
  test_mirror_referee(&ref_m, before);
  sim_referee_step(&events_m, &ref_m, rules, &view_m, DT);
  return both_teams_touch(events) || test_mirrors(after, events, &ref_m, &events_m);
}

static const char *broken_anything(Possession *own, const SimReferee *before,
                                   const SimReferee *after, const SimEvents *events,
                                   const SimView *view, const SimRules *rules) {
  const char *broken = test_broken_rule(before, after, events, view, rules);
  if (broken) {
    return broken;
  }
  if (!first_touches(own, view, events)) {
    return "a second legal touch in one possession";
  }
  if (!first_fault(after, events)) {
    return "the reason is not the first fault";
  }
  return same_when_mirrored(before, after, events, view, rules)
             ? NULL
             : "the mirrored match goes another way";
}

static void test_random_steps(void **unused) {
  (void)unused;
  enum { STEPS = 1000000 };
  // a short clock, so that it ends rallies too
  const SimRules rules = {.name = "test", .steps_max = 25};
  SimRng rng = sim_rng(2, 0, 0, SIM_RNG_TEST);
  SimView view;
  SimReferee ref;
  SimEvents events;
  Possession own = {.side = SIM_NEAR};
  int rallies = 0, touches = 0, most = 0, ends[SIM_EVENT_KINDS] = {0};
  test_quiet_scene(&view);
  sim_referee_reset(&ref, SIM_NEAR);
  for (int k = 0; k < STEPS; k++) {
    if (ref.winner != SIM_PLAYING) {
      ends[ref.reason]++;
      touches += ref.hits;
      most = ref.hits > most ? ref.hits : most;
      sim_referee_reset(&ref, (SimTeam)(rallies++ % 2));
      own = (Possession){.side = ref.ball_side};
    }
    random_scene(&view, &rng);
    const SimReferee before = ref;
    sim_referee_step(&events, &ref, &rules, &view, DT);
    const char *broken = broken_anything(&own, &before, &ref, &events, &view, &rules);
    if (broken) {
      fail_msg("step %d, rally %d: %s", k, rallies, broken);
    }
  }
  print_message("%d steps, %d rallies, %d touches, at most %d in one\n", (int)STEPS, rallies,
                touches, most);
  assert_true(rallies > 1000 && touches > 1000 && most >= 6);
  for (SimEventKind kind = SIM_EVENT_DRONE_GROUND; kind <= SIM_EVENT_TIMEOUT; kind++) {
    print_message("%s %d\n", sim_event_name(kind), ends[kind]);
    assert_true(ends[kind] > 100);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
