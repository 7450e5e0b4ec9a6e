// The measurements of `hcsp eval`. Each is one file with its own argp parser and returns the exit
// code; argv[0] is the name it shows.
#ifndef HCSP_CLI_EVAL_H_
#define HCSP_CLI_EVAL_H_

int cli_eval_skill(int argc, char **argv);
int cli_eval_teams(int argc, char **argv);
int cli_eval_exploit(int argc, char **argv);
int cli_eval_robust(int argc, char **argv);
int cli_eval_paper(int argc, char **argv);

#endif  // HCSP_CLI_EVAL_H_
