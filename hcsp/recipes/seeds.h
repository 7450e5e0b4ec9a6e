// What the seeds of a run are for. Points are played with the run's seed plus a number of their
// own: what is learnt from, what a mixture is chosen by and what reports tell are never the same
// points. Runs whose seeds differ by less than RECIPE_SEED_ROOM share none of them either.
#ifndef HCSP_RECIPES_SEEDS_H_
#define HCSP_RECIPES_SEEDS_H_

enum {
  RECIPE_SEED_ROOM = 1000000,

  // --- learning: the run's own seed, and from here on
  RECIPE_SEED_LEARNING = 0,
  RECIPE_SEED_EXPLOITER = 2 * RECIPE_SEED_ROOM,  // + number of the exploiter
  RECIPE_SEED_PRACTICE = 6 * RECIPE_SEED_ROOM,   // strikes of matches that are practised

  // --- choosing opponents and what is deployed
  RECIPE_SEED_PAYOFF = 1 * RECIPE_SEED_ROOM,  // + 1000 x member + round
  RECIPE_SEED_CROSS = 3 * RECIPE_SEED_ROOM,   // pairs that have not met
  RECIPE_SEED_PROBE = 4 * RECIPE_SEED_ROOM,   // opponents of candidate mixtures

  // --- measuring what was chosen
  RECIPE_SEED_PROGRESS = 5 * RECIPE_SEED_ROOM,  // halves of the run, single snapshots
  RECIPE_SEED_COSELF = 7 * RECIPE_SEED_ROOM,    // the report of Stage III, + 0 to 3
  RECIPE_SEED_PLAY = 8 * RECIPE_SEED_ROOM,      // the deployed team against itself
  RECIPE_SEED_MEASURE = 9 * RECIPE_SEED_ROOM,   // figures and final of a pipeline
};

#endif  // HCSP_RECIPES_SEEDS_H_
