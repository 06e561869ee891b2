# Joins the aims (name, time, faster, size, size limit, peak limit) and the results of measure into the table of scripts/bench.
BEGIN {
    FS = "\t"
    MIB = 1024 * 1024
    row = "%-18s %6s %11s %11s %8s %10s %10s%s\n"
    printf row, "", "runs", "median", "p90", "ratio", "size", "peak", "  aim"
}

FNR == NR {
    time[$1] = $2; faster[$1] = $3; size[$1] = $4; size_limit[$1] = $5; peak_limit[$1] = $6
    next
}

{
    names[++rows] = $1
    runs[$1] = $2; median[$1] = $3; p90[$1] = $4; peak[$1] = $5; failures[$1] = $6
}

function milliseconds(nanoseconds) { return sprintf("%.3f ms", nanoseconds / 1e6) }
function mebibytes(bytes) { return bytes == "-" ? "-" : sprintf("%.2f MiB", bytes / MIB) }

function aim(met, text) {
    if (met) kept = kept (kept == "" ? "" : ", ") text
    else missed = missed (missed == "" ? "" : ", ") text
}

function aims(name,    parts) {
    kept = missed = ""
    if (time[name] != "-") aim(median[name] <= time[name] * median["no-op"], "<= " time[name] "x")
    if (faster[name] != "-") {
        split(faster[name], parts, ":")
        if (parts[2] in median)
            aim(median[name] * parts[1] <= median[parts[2]],
                sprintf(">= %sx faster than %s (%.1fx)", parts[1], parts[2], median[parts[2]] / median[name]))
    }
    if (size_limit[name] != "-") aim(size[name] <= size_limit[name] * MIB, "<= " size_limit[name] " MiB")
    if (peak_limit[name] != "-") aim(peak[name] <= peak_limit[name] * MIB, "peak <= " peak_limit[name] " MiB")
    if (missed != "") missed = "  MISSED " missed
    if (kept != "") kept = "  met " kept
    return missed kept
}

END {
    for (i = 1; i <= rows; i++) {
        name = names[i]
        printf row, name, runs[name], milliseconds(median[name]), milliseconds(p90[name]),
            sprintf("%.2fx", median[name] / median["no-op"]), mebibytes(size[name]), mebibytes(peak[name]), aims(name)
    }
    for (i = 1; i <= rows; i++)
        if (failures[names[i]] > 0) printf "%s: %d of %d runs failed\n", names[i], failures[names[i]], runs[names[i]]
    difference = 100 * (median["no-op-again"] / median["no-op"] - 1)
    if (difference < 0) difference = -difference
    printf "noise: the no-op and its twin differ by %.1f %%\n", difference
    if (difference > 2) print "The machine is too busy for these ratios to be trusted."
}
