// What the seeds of a run are for. Points are played with the run's seed plus a number of their
// own: what is learnt from, what a mixture is chosen by and what reports tell are never the same
// points. Runs whose seeds differ by less than HCSP_SEED_ROOM share none of them either.
#ifndef HCSP_STAGES_SEEDS_H_
#define HCSP_STAGES_SEEDS_H_

enum {
  HCSP_SEED_ROOM = 1000000,

  // --- learning: the run's own seed, and from here on
  HCSP_SEED_LEARNING = 0,
  HCSP_SEED_EXPLOITER = 2 * HCSP_SEED_ROOM,  // + number of the exploiter
  HCSP_SEED_PRACTICE = 6 * HCSP_SEED_ROOM,   // strikes of matches that are practised

  // --- choosing opponents and what is deployed
  HCSP_SEED_PAYOFF = 1 * HCSP_SEED_ROOM,  // + 1000 x member + round
  HCSP_SEED_CROSS = 3 * HCSP_SEED_ROOM,   // pairs that have not met
  HCSP_SEED_PROBE = 4 * HCSP_SEED_ROOM,   // opponents of candidate mixtures

  // --- measuring what was chosen
  HCSP_SEED_PROGRESS = 5 * HCSP_SEED_ROOM,  // halves of the run, single snapshots
  HCSP_SEED_COSELF = 7 * HCSP_SEED_ROOM,    // the report of Stage III, + 0 to 3
  HCSP_SEED_PLAY = 8 * HCSP_SEED_ROOM,      // the deployed team against itself
  HCSP_SEED_MEASURE = 9 * HCSP_SEED_ROOM,   // figures and final of a pipeline
};

#endif  // HCSP_STAGES_SEEDS_H_
