// How sure a measured share is.
#ifndef HCSP_LEAGUE_INTERVAL_H_
#define HCSP_LEAGUE_INTERVAL_H_

// Wilson 95 % interval of a share of successes in trials, which need not be whole; 0..1 when there
// were no trials. Source: E. B. Wilson, Probable inference, the law of succession, and statistical
// inference, 1927.
void league_wilson(double *low, double *high, double successes, double trials);

#endif  // HCSP_LEAGUE_INTERVAL_H_
