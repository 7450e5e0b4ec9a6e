#include "tests/support/referee_scene.h"

#include <string.h>

#include "sim/vec.h"

const double test_place[SIM_ROLES][3] = {{4.5, 0, 1.5}, {2, -2, 1.8}, {2, 1.5, 2.5}};

void test_quiet_scene(SimView *view) {
  memset(view, 0, sizeof *view);
  view->roster = SIM_ALL_DRONES;
  for (int i = 0; i < SIM_DRONES; i++) {
    sim_mirror_vec(view->drone[i].pos, test_place[i % SIM_ROLES], sim_team(i));
    view->drone[i].quat[0] = 1;
    quat_to_rot(view->drone[i].rot, view->drone[i].quat);
  }
  vec_set(view->ball_pos, 3.2, 0.4, 4);
  vec_set(view->ball_vel, 0.5, 0.2, -2);
}

unsigned test_kinds(const SimEvents *events) {
  unsigned seen = 0;
  for (int i = 0; i < events->n; i++) {
    seen |= 1u << events->event[i].kind;
  }
  return seen;
}

SimWinner test_swap_winner(SimWinner winner) {
  return winner == SIM_WIN_NEAR ? SIM_WIN_FAR : winner == SIM_WIN_FAR ? SIM_WIN_NEAR : winner;
}

SimTeam test_other_team(SimTeam team) {
  return team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
}

void test_mirror_referee(SimReferee *out, const SimReferee *ref) {
  *out = *ref;
  out->server = test_other_team(ref->server);
  out->ball_side = test_other_team(ref->ball_side);
  out->last_hit_side = test_other_team(ref->last_hit_side);
  sim_mirror_vec(out->ball_vel, ref->ball_vel, SIM_FAR);
  for (int i = 0; i < SIM_DRONES; i++) {
    const int j = (i + SIM_ROLES) % SIM_DRONES;
    out->flags.already_hit[j] = ref->flags.already_hit[i];
    out->stale.already_hit[j] = ref->stale.already_hit[i];
    out->racket_near[j] = ref->racket_near[i];
    out->body_near[j] = ref->body_near[i];
    out->last_hit[j] = ref->last_hit[i];
  }
}

static bool same_books(const SimReferee *a, const SimReferee *b) {
  return a->step == b->step && a->server == b->server && a->ball_side == b->ball_side &&
         a->last_hit_side == b->last_hit_side && a->serve_step == b->serve_step &&
         a->hits == b->hits && a->switched == b->switched && a->winner == b->winner &&
         a->reason == b->reason && memcmp(&a->flags, &b->flags, sizeof a->flags) == 0 &&
         memcmp(&a->stale, &b->stale, sizeof a->stale) == 0;
}

bool test_mirrors(const SimReferee *ref, const SimEvents *events, const SimReferee *mirrored,
                  const SimEvents *mirrored_events) {
  SimReferee back;
  test_mirror_referee(&back, mirrored);
  back.winner = test_swap_winner(mirrored->winner);
  return same_books(&back, ref) && test_kinds(events) == test_kinds(mirrored_events) &&
         events->n == mirrored_events->n;
}
