/** What a run reports while it works. */
export type AuditProgress =
  | { readonly kind: "resumed"; readonly finishedSteps: number }
  | { readonly kind: "listing"; readonly organizations: number; readonly requests: number }
  | { readonly kind: "planned"; readonly organizations: number; readonly estimateMs: number }
  | {
      readonly kind: "reading";
      readonly done: number;
      readonly total: number;
      readonly requests: number;
      readonly remainingMs: number | null;
    }
  | { readonly kind: "warning"; readonly message: string };

export type ReportProgress = (progress: AuditProgress) => void;
