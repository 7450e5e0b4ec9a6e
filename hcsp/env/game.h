// What is played, as training and measuring see it: many matches side by side of two teams whose
// strategies decide. Matches (match_env.h) and the tournament (league/tournament.h) drive nothing
// but this table, so that opponents, payoffs, learners, exploiters and deployment above them run
// unchanged on whatever fills it: volleyball, or a tiny game whose solution is known
// (tests/support/known_game.h).
//
// A match is a row of control steps of SIM_DT from a reset to a winner. How it stands is told in
// the words of the referee: `step`, `server`, `winner`, `reason`, `hits` and the events of the last
// step; SIM_DRAW with SIM_EVENT_TIMEOUT says that only the clock has ended it.
#ifndef HCSP_ENV_GAME_H_
#define HCSP_ENV_GAME_H_

#include "policies/play.h"

// `play` is what open has made; match is one of its options->matches.
typedef struct EnvGame {
  const void *arg;  // for open
  // Both teams have the skills and the option table of `team`. NULL and err when that cannot be.
  void *(*open)(const void *arg, const PolPlayOptions *options, const SimModel *model,
                const PolTeam *team, SimError *err);
  void (*close)(void *play);  // NULL is fine

  // Starts rally number `rally`; then who decides for either side is said, and said again after a
  // load. The strategy stays the caller's and may learn between steps.
  void (*reset)(void *play, int match, uint32_t rally);
  void (*seat)(void *play, int match, SimTeam side, const PolStrategy *strategy);
  // The same with the skills and the table of options->guest.
  void (*seat_guest)(void *play, int match, SimTeam side, const PolStrategy *strategy);
  // As pol_play_hold_passer.
  void (*hold_passer)(void *play, int match, SimTeam side, int wait);
  // Weights of networks that play may have changed since the last step.
  SimStatus (*refresh)(void *play, SimError *err);
  // One control step of the matches ids[n], none of which is over.
  SimStatus (*step)(void *play, const int *ids, int n, SimError *err);
  // Where options->device plays too, every step is of all matches, and one in which only drones and
  // the ball have flown need not be known here: it had no event, decision or end, and what is below
  // does not tell of it. The others of the last step, in their order, and their number. NULL: all
  // are known.
  const int *(*known)(int *n, const void *play);
  // From now to the next step all are known. NULL: they are anyway.
  SimStatus (*settle)(void *play, SimError *err);

  const SimState *(*state)(const void *play, int match);
  // Whether side decides in the coming step, and from what; as pol_play_asks.
  bool (*asks)(PolDecision *decision, const void *play, int match, SimTeam side);
  // The decision of side in the last step, made from the state before it; NULL when it made none.
  const PolDecision *(*decision)(const void *play, int match, SimTeam side);
  // The head and the option that drone followed in the last step; false: none.
  bool (*followed)(int *head, int *option, const void *play, int match, int drone);
  // What the network that decides for side would see now.
  void (*observe)(float out[SIM_OBS_MAX], const void *play, int match, SimTeam side);
  // As pol_play_act.
  bool (*act)(PolAct *act, const void *play, int match, int drone);

  // One match as bytes without who is seated, as pol_play_save.
  size_t (*size)(const void *play);
  void (*save)(void *out, void *play, int match);
  SimStatus (*load)(void *play, int match, const void *in, SimError *err);
} EnvGame;

// Volleyball over policies/play.h; takes no arg. With a device matches live there between decisions
// (match_ahead.h), where they can.
const EnvGame *env_volleyball(void);
// Of play that env_volleyball has opened: its matches there; NULL: there are none.
const struct MatchAhead *env_volleyball_ahead(const void *play);

#endif  // HCSP_ENV_GAME_H_
