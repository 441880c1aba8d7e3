#include "daemon/cli/parse.h"

int main(int argc, char** argv) { return revisitd::daemon::cli::parse_and_run(argc, argv); }
