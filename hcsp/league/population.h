// A population of strategies over one option table: rule teams, snapshots of what learns, best
// responses. Members are only added, each keeps its number, which is also its row in the table of
// payoffs.
#ifndef HCSP_LEAGUE_POPULATION_H_
#define HCSP_LEAGUE_POPULATION_H_

#include <stdbool.h>
#include <stdint.h>

#include "hcsp/league/payoff.h"
#include "policies/strategy.h"

typedef enum HcspMemberKind {
  HCSP_MEMBER_RULE,      // a rule strategy that trains with the learner
  HCSP_MEMBER_KEPT_OUT,  // one that does not
  HCSP_MEMBER_SNAPSHOT,
  HCSP_MEMBER_EXPLOITER,
} HcspMemberKind;

typedef struct HcspMember {
  HcspMemberKind kind;
  char name[HCSP_MEMBER_NAME_MAX];
  PolStrategy strategy;  // owns its file
  int64_t decisions;     // of the run when it was added
} HcspMember;

typedef struct HcspPopulation {
  const PolOptions *options;
  int n, room;
  HcspMember **member;  // [n], where a member lies does not change
  HcspPayoff *payoff;   // member against member
} HcspPopulation;

// The option table stays the caller's. NULL and err without memory.
HcspPopulation *hcsp_population_create(const PolOptions *options, SimError *err);
void hcsp_population_destroy(HcspPopulation *population);  // NULL is fine

// Adds the strategy that needs no file and is called word ("bot", "bot_plus", "random", ...).
// SIM_BAD_INPUT when there is none or it does not fit the table.
SimStatus hcsp_population_add_rule(HcspPopulation *population, HcspMemberKind kind,
                                   const char *word, SimError *err);
// Adds a copy of a network strategy.
SimStatus hcsp_population_add_net(HcspPopulation *population, HcspMemberKind kind, const char *name,
                                  const PolStrategy *like, int64_t decisions, SimError *err);
// Adds several rules, separated by blanks; "fixed" stands for every waiting place with every attack
// of the table, but for those that are members already.
SimStatus hcsp_population_add_rules(HcspPopulation *population, HcspMemberKind kind,
                                    const char *words, SimError *err);

// Numbers of the members of a kind, oldest first, in out[n]; returns how many.
int hcsp_population_list(int *out, const HcspPopulation *population, HcspMemberKind kind);
int hcsp_population_find(const HcspPopulation *population, const char *name);  // or -1

// A copy of a strategy file with a network of its own; NULL and err without memory.
PolFile *hcsp_strategy_copy(const PolFile *file, SimError *err);
// Floats in the block of a network.
size_t hcsp_net_floats(const PolNet *net);

#endif  // HCSP_LEAGUE_POPULATION_H_
