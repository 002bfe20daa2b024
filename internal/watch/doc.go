// Package watch shows that what watches syncd, the dashboards in deploy/grafana and the alerts in deploy/prometheus,
// sees what there is to see.
//
// Some tests read the files alone: that panels have a place and a word of advice, that links lead somewhere. The others
// stand behind the build tag watch, because they take minutes: make test-watch runs them. They run the real program, a
// process of its own, over simulated accounts, one healthy and others with a fault each; let a real Prometheus scrape them
// with the alerts as they are, but for the minutes in them, which are seconds here; and then ask every question of every
// panel, with variables and macros replaced as Grafana does. A question that gets no answer is a fault, and so is an alert that
// stays silent about its account or speaks of the healthy one.
//
// The package holds nothing that a program could use.
package watch
