#include "daemon/cli/help.h"

namespace revisitd::daemon::cli {

const char* const kTopHelp =
    R"(Examples:
  revisitd check config revisitd.yml          what is wrong with a configuration
  revisitd check records 'records/*.md'       what is wrong with decision records
  revisitd scrape http://127.0.0.1:8080/metrics
                                              what a service exposes
  revisitd test tests/*.yaml                  whether triggers do what they should
  revisitd backtest --from 90d                what they would have said
  revisitd run --config.file=revisitd.yml     watch; pages on http://127.0.0.1:9750
  revisitd status                             how the decisions stand
  revisitd conclude checkout --outcome reaffirmed --why 'bad deploy, rolled back'

Exit codes: 0 good, 1 bad, 2 wrong usage. 'revisitd COMMAND --help' has the flags of a command.)";

const char* const kRunHelp =
    R"(Examples:
  revisitd run --config.file=/etc/revisitd/revisitd.yml --storage.path=/var/lib/revisitd
  revisitd run --web.listen-address=:9750 --web.config.file=web.yml --log.format=json

Signals: SIGHUP reads the configuration, records and rosters anew and keeps the old configuration
when the new one has errors; SIGTERM and SIGINT stop within 5 seconds.
Exit codes: 0 stopped, 1 bad configuration or database, 2 wrong usage, 74 storage failed,
75 database or address in use (try again later), 78 database written by a newer version or
another program.)";

const char* const kCheckHelp =
    R"(Examples:
  revisitd check config revisitd.yml
  revisitd check records --config.file=revisitd.yml
  revisitd check roster roster.yaml
  revisitd check ready                        for probes; 0 when ready, 1 when not)";

const char* const kCheckRecordsHelp =
    R"(Examples:
  revisitd check records                      those that revisitd.yml names
  revisitd check records 'records/*.md'       any signal may be named
  revisitd check records --config.file=revisitd.yml records/checkout.md
                                              only signals that the configuration declares
  revisitd check records --live               what the servers know of the last 180 days
  revisitd check records --live --url=http://127.0.0.1:9750
                                              what that daemon has stored: all it scraped, and of
                                              signals from servers the triggers' windows

Exit code 1 also when a server or the daemon does not answer for some of it.)";

const char* const kCheckRosterHelp =
    R"(Examples:
  revisitd check roster                       what revisitd.yml names, peers included
  revisitd check roster roster.yaml skills.csv
  revisitd check roster catalogue.json        a Backstage catalogue, as its API answers
  revisitd check roster --http.config.file=http.yml https://backstage.example.org

A URL serves a native roster or is that of a Backstage. Several sources are put together as the
daemon does it. Exit code 1 when one of them cannot be used.)";

const char* const kScrapeHelp =
    R"(Examples:
  revisitd scrape http://127.0.0.1:8080/metrics
  revisitd scrape --json page.txt | jq 'select(.name == "up")'
  curl -s http://127.0.0.1:8080/metrics | revisitd scrape --strict -
  revisitd scrape --suggest http://127.0.0.1:8080/metrics

Reads what Prometheus reads. A malformed page is told as file:line:column, and the exit code is 1.
A page may be larger here than for the daemon: where that would refuse it, a warning says so.
What --suggest prints is for you to paste: where the configuration has `presets:` or `signals:`
already, put the entries there, since a key may stand only once.)";

const char* const kTestHelp =
    R"(Examples:
  revisitd test tests/*.yaml
  revisitd test --junit report.xml --coverage tests/checkout.yaml

A test names records, plays values at them with virtual time, and says what must have happened.)";

const char* const kBacktestHelp =
    R"(Examples:
  revisitd backtest --from 90d --service checkout
  revisitd backtest --csv history.csv records/checkout.md --sweep threshold=80ms..150ms/10ms)";

const char* const kStatusHelp =
    R"(Examples:
  revisitd status
  revisitd status --url=http://revisitd.example.org:9750 --json | jq '.decisions[].verdict')";

const char* const kExplainHelp =
    R"(Examples:
  revisitd explain checkout                   every trigger of a service
  revisitd explain checkout tail-latency      one of them: its values, its counts, and the
                                              smallest change that would flip it)";

const char* const kAssessHelp =
    R"(Examples:
  revisitd assess checkout
  revisitd assess checkout --json             with every input then and now, its source and its time

A decision in force, rerun on today's inputs: what each language scores, why, and what moved.)";

const char* const kDraftHelp =
    R"(Examples:
  revisitd draft checkout > records/0012-use-go-for-checkout.md
  revisitd draft checkout --json | jq -r .file

The new record in the layout of the old one: evidence, the decision rerun on today's inputs, every
option with what speaks for and against it, and the triggers anew. It is proposed, not accepted, and
what only people can say is marked TO DECIDE.)";

const char* const kAdviseHelp =
    R"(Examples:
  revisitd advise --workload network-service --team payments --latency-p99 100ms --rps 2000
  revisitd advise --workload ml --team search --languages python,go --budget queue_wait=5s

The same model that reruns decisions, for a service that does not exist yet: nothing is measured, so it
weighs the work, the team and what it runs already, and shows what others chose for work like it, how
long that held and what ended it.)";

const char* const kAcknowledgeHelp =
    R"(Example:
  revisitd acknowledge checkout --why 'profiling this week'

Reminders go on; a message that somebody works on it does not close it.)";

const char* const kConfirmHelp =
    R"(Example:
  revisitd confirm --why 'platform moved to another catalogue'

A source of people that lists fewer than before waits before it is believed: a minute, or an hour
when it lists less than half. A person's word ends the wait of all that wait now.)";

const char* const kSnoozeHelp =
    R"(Examples:
  revisitd snooze checkout --until 14d --why 'sale until the 20th'
  revisitd snooze checkout --until 2026-12-01 --worsens-by 20% --why 'known, waits for the rewrite')";

const char* const kConcludeHelp =
    R"(Examples:
  revisitd conclude checkout --outcome reaffirmed --why 'bad deploy, rolled back'
  revisitd conclude checkout --outcome changed --why 'moves to Go, see ADR 31'

A new revision of the record (its date moved, its language changed, superseded) concludes it as well.)";

const char* const kTrailHelp =
    R"(Examples:
  revisitd trail --service checkout
  revisitd trail --type 'revisit.*' --start 2026-01-01 --json
  revisitd trail --team payments --format markdown > trail.md
  revisitd trail --stack --team payments      what the team runs, why, and when each choice was
                                              last re-examined: for candidates and new hires)";

const char* const kBackupHelp =
    R"(Examples:
  revisitd backup /backups/revisitd.db --storage.path=/var/lib/revisitd

Works while the daemon runs (on this machine, through --url) and while it does not. To restore, put the
copy as revisitd.db into an empty storage directory.)";

}  // namespace revisitd::daemon::cli
