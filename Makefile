# Every target is one word of scripts/dev.sh, for machines without make.
.PHONY: run test check bench lighthouse screenshots faults format messages lock clean
run: ; @PORT="$(or $(PORT),8000)" sh scripts/dev.sh run
test: ; @sh scripts/dev.sh test $(ARGS)
check: ; @sh scripts/dev.sh check
bench: ; @sh scripts/dev.sh bench $(ARGS)
lighthouse: ; @sh scripts/dev.sh lighthouse $(ARGS)
screenshots: ; @sh scripts/dev.sh screenshots $(ARGS)
faults: ; @sh scripts/dev.sh faults $(ARGS)
format: ; @sh scripts/dev.sh format
messages: ; @sh scripts/dev.sh messages
lock: ; @sh scripts/dev.sh lock
clean: ; @sh scripts/dev.sh clean
