#pragma once

#include <string>
#include <vector>

namespace revisitd::daemon::cli {

struct BacktestOptions {
  std::string config_file;           // "" for revisitd.yml
  std::vector<std::string> records;  // in the place of the configuration's
  std::string service, trigger;      // only these; "" for all
  std::string from, to;              // a time, or a duration before now
  std::string csv;                   // file, "-" for standard input, "" for the servers
  std::vector<std::string> sweeps;
  bool json = false;
};
// Runs history through the engine and prints what it would have said.
int backtest(const BacktestOptions& options);

}  // namespace revisitd::daemon::cli
