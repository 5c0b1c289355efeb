"""What was fetched and when: bars and documents by source, as of any day, fetched once for everybody.

freshness   when a value of a kind is due again, by market hours
spans       which part of a wanted span is still missing
merge       how newly fetched bars join stored ones: appended, revised, re-adjusted
adjust      prices for another day's splits, and for dividends
series      bars in and out of Postgres with their times of knowledge
documents   everything that is not a bar
codec       the model's values as JSON and back
flight      one upstream call for everybody who asks the same
breaker     which vendor is left alone, until when
vendors     the read path of a real vendor: stored, else fetched; stale at once while a refresh runs
computed    the read path of the simulated market, which is computed and never stored
arrivals    a file an investor gives, made bars
resample    longer bars made of shorter ones
own         investors' own instruments, files, watches and layouts
"""
