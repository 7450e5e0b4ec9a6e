// Matches in which a strategy learns: a batch of rallies, each against a rival that is drawn when
// it starts and stays to its end. Every decision of the learner that was a choice goes to the book
// (decisions.h), the point pays +1 or -1 to the decision in force, a rally that the clock ends pays
// nothing and is cut. Against itself, both teams learn.
//
// A match's rallies, rivals and sides depend on (seed, match, number of the rally) alone, hence
// neither on threads nor on what other matches do.
#ifndef HCSP_LEAGUE_MATCHES_H_
#define HCSP_LEAGUE_MATCHES_H_

#include "hcsp/league/decisions.h"
#include "hcsp/league/game.h"
#include "hcsp/league/payoff.h"
#include "hcsp/league/strikes.h"

enum { HCSP_RIVALS_MAX = 576 };

// Whom the learner may meet. Numbers of rivals stay what they are; their weights change.
typedef struct HcspRival {
  const PolStrategy *strategy;  // NULL: the learner itself
  double weight;                // share of the rallies, over the sum of all weights
  bool watched;                 // points are counted, nothing is learnt from them
  bool guest;                   // plays with the skills and options of the guest team
} HcspRival;

// Results against one rival. Against itself a rally is one win and one loss.
typedef struct HcspMeeting {
  HcspScore score[HCSP_CELLS];
  double steps, hits;
} HcspMeeting;

// What the learner did.
typedef struct HcspShares {
  double taken[POL_HEADS][POL_OPTIONS_MAX];    // chosen where there was a choice
  double strikes[POL_HEADS][POL_OPTIONS_MAX];  // touches while the option was in force
  double kills[POL_HEADS][POL_OPTIONS_MAX];    // of those, won before the ball came back
  double reasons[SIM_EVENT_KINDS];             // how rallies ended
} HcspShares;

typedef struct HcspMatchesOptions {
  const HcspGame *game;  // NULL: volleyball
  const SimModel *model;
  const PolTeam *team;  // skills and options of both teams
  const PolStrategy *learner;
  const SimRules *rules;
  int matches, threads;
  uint64_t seed;
  const PolTeam *guest;  // team of rivals that are guests, NULL: there are none
  HcspStrikes *strikes;  // skills of the learner's side that learn, too; NULL: none
  bool strict;           // the rivals' drones cannot fault: such points pay nothing
  KrnDevice *device;     // where the skills act beside the processor; NULL: on the processor
  int decide_every;      // as for PolPlayOptions
} HcspMatchesOptions;

typedef struct HcspMatches HcspMatches;

// NULL and err without memory or when the team cannot play.
HcspMatches *hcsp_matches_create(const HcspMatchesOptions *options, SimError *err);
void hcsp_matches_destroy(HcspMatches *matches);  // NULL is fine

// Whom rallies that start from now on may meet; n <= HCSP_RIVALS_MAX, a positive sum of weights.
void hcsp_matches_set_rivals(HcspMatches *matches, const HcspRival *rival, int n);
// Share of the points in which a rival's passer is held in the middle; from the next rally on.
void hcsp_matches_set_handicap(HcspMatches *matches, double handicap);
// Plays until at least `wanted` decisions are stored or a skill that learns has its batch. The book
// has room for four more per match.
SimStatus hcsp_matches_collect(HcspMatches *matches, HcspDecisions *decisions, int wanted,
                               SimError *err);

const HcspMeeting *hcsp_matches_meetings(const HcspMatches *matches);  // [rivals]
const HcspShares *hcsp_matches_shares(const HcspMatches *matches);
double hcsp_matches_steps(const HcspMatches *matches);  // control steps, sum over the matches
void hcsp_matches_clear(HcspMatches *matches);          // forgets results and shares

// All unfinished rallies and counts as bytes; the rivals are to be set before loading.
size_t hcsp_matches_size(const HcspMatches *matches);
void hcsp_matches_save(void *out, HcspMatches *matches);
SimStatus hcsp_matches_load(HcspMatches *matches, const void *in, SimError *err);

// Whom rally number `rally` of a match meets, and on which side the learner plays then.
int hcsp_rival_draw(SimTeam *side, const HcspRival *rival, int n, uint64_t seed, uint32_t match,
                    uint32_t rally);
// log p of the chosen options under logits of n[] side by side, of which only legal ones count.
float hcsp_heads_log_prob(const float *logits, const int *n, int heads, const uint8_t *option,
                          const uint32_t *legal);

#endif  // HCSP_LEAGUE_MATCHES_H_
