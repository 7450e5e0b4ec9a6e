// What a program prints must have arrived before it says that all went well.
#ifndef SIM_BASE_OUTPUT_H_
#define SIM_BASE_OUTPUT_H_

// From here on, a program that ends with exit code 0, by whatever way, ends with SIM_FAIL and one
// sentence when its standard output could not be written (a full disk, a closed pipe).
void sim_output_watch(void);

#endif  // SIM_BASE_OUTPUT_H_
