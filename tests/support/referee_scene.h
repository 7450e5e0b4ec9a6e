// A scene for the referee in which nothing happens, and the same match in the mirror.
#ifndef TESTS_SUPPORT_REFEREE_SCENE_H_
#define TESTS_SUPPORT_REFEREE_SCENE_H_

#include "sim/referee.h"

// Where each role stands, m, near's half.
extern const double test_place[SIM_ROLES][3];

// Every drone at its place, the ball falling freely over the near court, nobody near it.
void test_quiet_scene(SimView *view);

// The kinds of the events, a bit each.
unsigned test_kinds(const SimEvents *events);

SimTeam test_other_team(SimTeam team);

SimWinner test_swap_winner(SimWinner winner);

// The referee's books of the mirrored match.
void test_mirror_referee(SimReferee *out, const SimReferee *ref);

// Whether ref is what the mirrored match makes of mirrored, event for event.
bool test_mirrors(const SimReferee *ref, const SimEvents *events, const SimReferee *mirrored,
                  const SimEvents *mirrored_events);

#endif  // TESTS_SUPPORT_REFEREE_SCENE_H_
