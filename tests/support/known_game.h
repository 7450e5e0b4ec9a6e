// Games so small that their solution is known, behind the table that matches and arenas play
// (hcsp/env/game.h): learners, opponents, payoffs, exploiters and deployment run on them as they
// do on volleyball. Strategies choose one of four attacks when they are asked; a few lines of a
// test say when that is, what may be chosen and who wins. Everything that was played is on record,
// so that a test can count again by itself.
#ifndef TESTS_SUPPORT_KNOWN_GAME_H_
#define TESTS_SUPPORT_KNOWN_GAME_H_

#include "hcsp/env/game.h"
#include "hcsp/league/population.h"

enum { KNOWN_ROCK, KNOWN_PAPER, KNOWN_SCISSORS, KNOWN_WELL, KNOWN_ATTACKS };
enum { KNOWN_ROUNDS = 4 };

// What has happened in a rally. The step is the number of those made.
typedef struct KnownRally {
  uint32_t rally;
  SimTeam server;
  int step;
  int asked[SIM_TEAMS];                    // times,
  int at[SIM_TEAMS][KNOWN_ROUNDS];         //   and before which step
  uint8_t chose[SIM_TEAMS][KNOWN_ROUNDS];  // attacks
} KnownRally;

// A rally that is over, and who played it.
typedef struct KnownPoint {
  KnownRally rally;
  int play, match;  // plays are numbered as they are opened
  const PolStrategy *who[SIM_TEAMS];
  uint64_t weights[SIM_TEAMS];  // hash of its network's at the start, 0 for rules
  bool guest[SIM_TEAMS];
  int hold[SIM_TEAMS];  // where its passer is held, -1: nowhere
  SimWinner winner;
  SimEventKind reason;
} KnownPoint;

typedef struct KnownGame {
  EnvGame game;  // what is given to matches and arenas
  // Before a step: the attacks that side may choose from, as bits; 0: it is not asked.
  uint32_t (*legal)(const KnownRally *rally, SimTeam side);
  // After a step: who has won, and why unless it is SIM_PLAYING.
  SimWinner (*judge)(SimEventKind *reason, const KnownRally *rally);
  // of all plays since known_open or known_forget
  KnownPoint *point;
  int points, room, plays;
} KnownGame;

// The rules are the caller's functions; the game must stay where it is.
void known_open(KnownGame *game, uint32_t (*legal)(const KnownRally *rally, SimTeam side),
                SimWinner (*judge)(SimEventKind *reason, const KnownRally *rally));
void known_forget(KnownGame *game);
void known_close(KnownGame *game);

// All four attacks, once at the start of the rally.
uint32_t known_once(const KnownRally *rally, SimTeam side);
// Who wins when near wins `percent` of such rallies: exact over every 100 numbers in a row, whoever
// plays. The reason is a ball in the court.
SimWinner known_share(SimEventKind *reason, const KnownRally *rally, int percent);

// What a network sees: 1, how often its side was asked, which attack it chose first (four columns);
// the rest is 0.
enum { KNOWN_OBS_ASKED = 1, KNOWN_OBS_FIRST = 2 };

// The team "classical" with the table of attacks; to be destroyed.
PolTeam *known_team(void);
// A network strategy over that table that chooses attack i with probability p[i]; 0 is fine. Its
// file is to be destroyed.
PolStrategy known_strategy(const PolTeam *team, const double p[KNOWN_ATTACKS]);
// Number of an attack as an option of its head.
int known_option(const PolTeam *team, int attack);
uint64_t known_weights(const PolStrategy *strategy);

#endif  // TESTS_SUPPORT_KNOWN_GAME_H_
