// A population of strategies over one option table: rule teams, snapshots of what learns, best
// responses. Members are only added, each keeps its number, which is also its row in the table of
// payoffs.
#ifndef HCSP_LEAGUE_POPULATION_H_
#define HCSP_LEAGUE_POPULATION_H_

#include <stdbool.h>
#include <stdint.h>

#include "hcsp/league/payoff.h"
#include "hcsp/run/archive.h"
#include "policies/strategy.h"

typedef enum LeagueMemberKind {
  LEAGUE_MEMBER_RULE,      // a rule strategy that trains with the learner
  LEAGUE_MEMBER_KEPT_OUT,  // one that does not
  LEAGUE_MEMBER_SNAPSHOT,
  LEAGUE_MEMBER_EXPLOITER,
} LeagueMemberKind;

typedef struct LeagueMember {
  LeagueMemberKind kind;
  char name[LEAGUE_MEMBER_NAME_MAX];
  PolStrategy strategy;  // owns its file
  int64_t decisions;     // of the run when it was added
} LeagueMember;

enum { LEAGUE_POPULATION_MAX = 480 };  // fewer than ENV_OPPONENTS_MAX

typedef struct LeaguePopulation {
  const PolOptions *options;
  int n, room;
  int most;               // members that there may be, LEAGUE_POPULATION_MAX at first
  LeagueMember **member;  // [n], where a member lies does not change
  LeaguePayoff *payoff;   // member against member
} LeaguePopulation;

// The option table stays the caller's.
LeaguePopulation *league_population_create(const PolOptions *options);
void league_population_destroy(LeaguePopulation *population);  // NULL is fine

// Adds the strategy that needs no file and is called word ("bot", "bot_plus", "random", ...).
// SIM_BAD_INPUT when there is none or it does not fit the table.
SimStatus league_population_add_rule(LeaguePopulation *population, LeagueMemberKind kind,
                                     const char *word, SimError *err);
// Adds a copy of a network strategy.
SimStatus league_population_add_net(LeaguePopulation *population, LeagueMemberKind kind,
                                    const char *name, const PolStrategy *like, int64_t decisions,
                                    SimError *err);
// Adds several rules, separated by blanks; "fixed" stands for every waiting place with every attack
// of the table, but for those that are members already.
SimStatus league_population_add_rules(LeaguePopulation *population, LeagueMemberKind kind,
                                      const char *words, SimError *err);

// Numbers of the members of a kind, oldest first, in out[n]; returns how many.
int league_population_list(int *out, const LeaguePopulation *population, LeagueMemberKind kind);
int league_population_find(const LeaguePopulation *population, const char *name);  // or -1

// What a checkpoint holds of it: networks, who is in it and who beat whom. Reading adds the members
// that it lacks, each a strategy like `like`, and takes all results.
void league_population_serialize(RunArchive *archive, LeaguePopulation *population,
                                 const PolStrategy *like);

// A copy of a strategy file with a network of its own; NULL and err without memory.
PolFile *league_strategy_copy(const PolFile *file, SimError *err);
// Floats in the block of a network.
size_t league_net_floats(const PolNet *net);

#endif  // HCSP_LEAGUE_POPULATION_H_
